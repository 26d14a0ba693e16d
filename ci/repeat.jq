# What ci/repeat asks of a result, of a recorded answer and of a new one.

# "Mounts[0].Name", "Labels.a\\.b": the value there, or null with no such place; as `then_json_*` of the suite name places.
def steps: [scan("\\[([0-9]*)\\]|((?:\\\\.|[^.\\[])+)") | if .[1] then .[1] | gsub("\\\\(?<c>.)"; "\(.c)") else (.[0] | if . == "" then null else tonumber end) end];
def there($steps):
    if $steps == [] then [.]
    elif $steps[0] == null then if type == "array" then [.[] | there($steps[1:])[]] else [] end
    elif $steps[0] == "{*}" then if type == "object" then [.[] | there($steps[1:])[]] else [] end
    elif ($steps[0] | type) == "number" and type == "array" and $steps[0] < length then .[$steps[0]] | there($steps[1:])
    elif ($steps[0] | type) == "string" and type == "object" and has($steps[0]) then .[$steps[0]] | there($steps[1:])
    else [] end;

# Whether an object on the way lacks the last step.
def lacks($steps): [there($steps[:-1])[] | select(type == "object" and (has($steps[-1]) | not))] != [];

# Some engines give lists in another order each time.
def in_order: if type == "array" then sort else . end;

# The type as the suite's check of bodies names it.
def kind: if type == "number" then (if floor == . then "integer" else "number" end) else type end;

# What is another text in each run, also in a result made by another run on the same day.
def neutral:
    gsub("[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+(Z|[+-][0-9:]+)?"; "DATE")
    | gsub("\\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\\b"; "ID")
    | gsub("\\b([0-9a-f]{2}:){5}[0-9a-f]{2}\\b"; "MAC")
    | gsub("\\b([0-9a-f]{64}|[0-9a-f]{12})\\b"; "ID") | gsub("\\b[0-9a-f]{25,}\\b"; "ID")
    | gsub("(?<letter>[A-Za-z_])[0-9]{8,}\\b"; "\(.letter)N")
    | gsub("\\b(1[6-9]|2[0-9]|3[0-9])([0-9]{8}|[0-9]{11}|[0-9]{17})\\b"; "DATE");

# Ids at the same places of two answers: "old new" lines, where they differ.
def ids($old; $new):
    [$old | paths(strings)] as $places | $places[] as $p
    | ($old | getpath($p)) as $a | (try ($new | getpath($p)) catch null) as $b
    | select(($b | type) == "string" and $a != $b)
    | [($a | scan("[0-9a-f]{64}")), ($b | scan("[0-9a-f]{64}"))] | select(length == 2 and .[0] != .[1]) | "\(.[0]) \(.[1])";
