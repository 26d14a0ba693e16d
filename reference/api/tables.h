/* api/tables.h - the tables of the tags that this build has, ended by NULL; tables.c is written by CMake. Internal to api/. */
#ifndef API_TABLES_H
#define API_TABLES_H

#include "api/api.h"

extern const struct route *const route_tables[];

#endif
