# Writes a C file that holds the bytes of INPUT: const unsigned char NAME[]; const size_t NAME_size.
file(READ ${INPUT} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)" "\\1\n" bytes "${bytes}")
file(WRITE ${OUTPUT} "#include \"harness/spec/embedded.h\"\nconst unsigned char ${NAME}[] = {\n${bytes}0 };\nconst size_t ${NAME}_size = sizeof ${NAME} - 1;\n")
