# MATRIX.md from the ledgers: `jq -rn --slurpfile areas FILE -f ci/matrix.jq --args NAME... ` with a ledger per name on standard input, in
# that order. Areas: [{"area", "prefix"}], as SPEC.md has them.

def prefix: sub("\\..*"; "");
def row($cells): "| " + ($cells | join(" | ")) + " |";
def head($cells; $marks): row($cells), "|" + ($marks | join("|")) + "|";

# One line of code that no text of an engine can leave.
def code: gsub("\\s*[\\n\\r]+\\s*"; " ⏎ ") | gsub("`"; "'") | gsub("[[:cntrl:]]"; "?")
    | if length > 240 then .[:240] + " ..." else . end | "`" + . + "`";

def mark: {"pass": "·", "fail": "**fail**", "fault": "**fault**", "not-applicable": "n/a"}[.] // .;

# How many of an area's clauses hold, of those that could be judged.
def held($clauses; $prefixes):
    [$clauses | to_entries[] | select(.key | prefix | IN($prefixes[])) | .value.verdict
     | select(. == "pass" or . == "fail" or . == "fault")]
    | "\(map(select(. == "pass")) | length) / \(length)";

$ARGS.positional as $names
| [inputs] as $ledgers
| ($areas[0] | reduce .[] as $a ([]; if any(.[]; .area == $a.area) then map(if .area == $a.area then .prefixes += [$a.prefix] else . end)
                                     else . + [{area: $a.area, prefixes: [$a.prefix]}] end)) as $groups
| ([$ledgers[].clauses | keys_unsorted[]] | unique) as $all
| [$all[] | select(. as $c | [$ledgers[] | .clauses[$c].verdict // "n/a"] | any(. != "pass" and . != "not-applicable"))] as $differ

| "# Engines by clauses",
"",
"Made by `ci/matrix` from [engines/](engines/); not written by hand. What a clause says stands in [SPEC.md](../SPEC.md). A case that failed was asked once more:",
"what is told here failed twice. `ID`, `RUN` and `DATE` stand for what is another one in each run. Since the commit at which all was asked of an engine, only the",
"clauses that were changed have been.",
"",
head(["engine", "version", "API spoken", "all asked at", "clauses asked", "hold", "broken", "not applicable", "blocked", "unsupported"];
     ["---", "---", "---", "---", "---:", "---:", "---:", "---:", "---:", "---:"]),
(range($names | length) as $i | $ledgers[$i] | [.clauses[].verdict] as $verdicts
 | def those(f): [$verdicts[] | select(f)] | length;
   row([$names[$i], "\(.engine) \(.version)", .api_version, (.whole_at // "" | .[:7]), ($verdicts | length), those(. == "pass"), those(. == "fail" or . == "fault"),
    those(. == "not-applicable"), those(. == "blocked"), those(. == "unsupported")] | map(tostring))),
"",
"## Areas",
"",
"Clauses that hold, of those that could be judged (not those of another API version, nor those that are blocked or unsupported).",
"",
head(["area"] + $names; ["---"] + ($names | map("---:"))),
($groups[] | select(.prefixes as $p | any($all[]; prefix | IN($p[]))) | . as $g | row([$g.area] + [$ledgers[] | held(.clauses; $g.prefixes)])),
row(["all"] + [$ledgers[] | .clauses as $c | held($c; [$all[] | prefix] | unique)]),
"",
"## Clauses on which engines differ",
"",
"\($differ | length) of \($all | length). `·` holds; `n/a`: the clause does not speak about the API version that is spoken. All others hold on every engine to which they apply.",
"",
head(["clause"] + $names; ["---"] + ($names | map(":---:"))),
($groups[] | .prefixes as $p | $differ[] | select(prefix | IN($p[])) | . as $c | row([$c] + [$ledgers[] | .clauses[$c].verdict // "n/a" | mark])),
"",
"## What was wanted, and what came",
"",
($groups[] | . as $g | [$differ[] | select(prefix | IN($g.prefixes[]))] | select(length > 0)
 | "### \($g.area)", "",
   (.[] as $c | "- **\($c)**",
    ([range($names | length) as $i | ($ledgers[$i].clauses[$c].why // [])[] | select(test("^[^:]*(\\[.*\\])?: not-applicable: ") | not)
      | {name: $names[$i], why: .}]
     | reduce .[] as $w ({order: [], by: {}}; if .by[$w.why] then .by[$w.why] += [$w.name] else .order += [$w.why] | .by[$w.why] = [$w.name] end)
     | .by as $by | .order[] | "  - \($by[.] | unique | join(", ")): \(code)")),
   "")
