"""Templates and messages -> what Home Assistant's template engine makes of them. stdin, stdout: JSON.

In: [[template, value_json], ...]. Out: [text or {"error": text}, ...]. Home Assistant renders in the same sandbox.
"""

import json
import sys

from jinja2.sandbox import ImmutableSandboxedEnvironment

environment = ImmutableSandboxedEnvironment()


def rendered(template, message):
    try:
        return environment.from_string(template).render(value_json=message)
    except Exception as error:
        return {"error": repr(error)}


print(json.dumps([rendered(*one) for one in json.load(sys.stdin)]))
