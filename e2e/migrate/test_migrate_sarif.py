"""The SARIF that code hosts read, held against the parts of its schema that it uses."""

import json

import jsonschema
import pytest
from migrated import DOCKERFILE
from migrated import PROGRAM
from migrated import migrate
from migrated import put


def closed(required, **properties):
    return {"type": "object", "properties": properties, "required": required.split(), "additionalProperties": False}


# SARIF 2.1.0, section 3: names, types and what must be there.
TEXT = closed("text", text={"type": "string", "minLength": 1}, markdown={"type": "string"})
LINE = {"type": "integer", "minimum": 1}
REGION = closed("startLine", startLine=LINE, startColumn=LINE, endLine=LINE, endColumn=LINE)
ARTIFACT = closed("uri", uri={"type": "string", "format": "uri-reference"}, uriBaseId={"type": "string"})
PHYSICAL = closed("artifactLocation", artifactLocation=ARTIFACT, region=REGION)
LOCATION = closed("physicalLocation", physicalLocation=PHYSICAL)
LEVEL = {"enum": ["none", "note", "warning", "error"]}
REPLACEMENT = closed("deletedRegion", deletedRegion=REGION, insertedContent=closed("text", text={"type": "string"}))
CHANGE = closed(
    "artifactLocation replacements",
    artifactLocation=ARTIFACT,
    replacements={"type": "array", "minItems": 1, "items": REPLACEMENT},
)
FIX = closed("artifactChanges", description=TEXT, artifactChanges={"type": "array", "minItems": 1, "items": CHANGE})
RESULT = closed(
    "message ruleId",
    ruleId={"type": "string"},
    ruleIndex={"type": "integer", "minimum": 0},
    level=LEVEL,
    message=TEXT,
    locations={"type": "array", "minItems": 1, "maxItems": 1, "items": LOCATION},
    fixes={"type": "array", "uniqueItems": True, "items": FIX},
    properties={"type": "object"},
)
RULE = closed(
    "id",
    id={"type": "string"},
    shortDescription=TEXT,
    help=TEXT,
    defaultConfiguration=closed("level", level=LEVEL),
    properties={"type": "object"},
)
NOTIFICATION = closed("message", level=LEVEL, message=TEXT, locations={"type": "array", "items": LOCATION})
RUN = closed(
    "tool results",
    tool=closed(
        "driver",
        driver=closed(
            "name",
            name={"type": "string"},
            version={"type": "string"},
            rules={"type": "array", "uniqueItems": True, "items": RULE},
        ),
    ),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    originalUriBaseIds={"type": "object", "additionalProperties": ARTIFACT},
    invocations={
        "type": "array",
        "items": closed(
            "executionSuccessful",
            executionSuccessful={"type": "boolean"},
            toolExecutionNotifications={"type": "array", "items": NOTIFICATION},
        ),
    },
    results={"type": "array", "items": RESULT},
)
LOG = {
    "type": "object",
    "properties": {
        "$schema": {"type": "string"},
        "version": {"const": "2.1.0"},
        "runs": {"type": "array", "items": RUN},
    },
    "required": ["version", "runs"],
    "additionalProperties": False,
}


@pytest.mark.parametrize("elsewhere", [False, True])
def test_sarif(tmp_path, elsewhere):
    root = put(tmp_path, {"a/ü.py": PROGRAM, "Dockerfile": DOCKERFILE, "bad.py": "import ddtrace\nprint 1\n"})
    log = json.loads(migrate(root, "--format", "sarif", cwd="/" if elsewhere else root).stdout)
    jsonschema.validate(log, LOG)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert run["results"] and all(rules[r["ruleIndex"]]["id"] == r["ruleId"] for r in run["results"])
    base = run["originalUriBaseIds"]["ROOT"]["uri"]
    assert base == ("file:///" if elsewhere else "file://%s/" % root)
    fixed = [r for r in run["results"] if r["ruleId"] == "span-set-tag-str"]
    place = fixed[0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"].endswith("a/%C3%BC.py")
    assert place["region"] == {"startLine": 5, "startColumn": 10, "endLine": 5, "endColumn": 21}
    assert fixed[0]["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"]["text"] == "set_tag"
    assert len(run["invocations"][0]["toolExecutionNotifications"]) == 1
