#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares what the scheduler shim answers with its OpenAPI description, and that
with the schema of OpenAPI 3.0, from Debian's package openapi-specification.

usage: check-openapi.py URL REQUEST WORKLOAD NODE

Asks for every path in the description, with what its parameters are called as
arguments, and for the extender's verbs with the file REQUEST.  Prints a line for each
answer: its path, status, and whether its schema accepts it.
"""

import json
import sys
import urllib.error
import urllib.request

import jsonschema

OPENAPI_SCHEMA = "/usr/share/openapi-specification/schemas/v3.0/schema.json"


def ask(url, body):
    request = urllib.request.Request(url, data=body)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def as_json_schema(schema):
    """'schema' without "nullable", which JSON Schema does not know."""
    if isinstance(schema, list):
        return [as_json_schema(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {key: as_json_schema(value) for key, value in schema.items()}
    if schema.pop("nullable", False):
        schema["type"] = [schema["type"], "null"]
    return schema


def check(description, operation, status, headers, text):
    """What is wrong with an answer, or "as described"."""
    described = operation["responses"].get(str(status))
    if described is None:
        return "status is not described"
    kind = headers.get_content_type()
    if kind not in described["content"]:
        return "content type %s is not described" % kind
    if kind != "application/json":
        return "as described"
    schema = as_json_schema(dict(described["content"][kind]["schema"],
                                 components=description["components"]))
    try:
        jsonschema.Draft4Validator(schema).validate(json.loads(text))
    except jsonschema.ValidationError as error:
        return "%s: %s" % (error.json_path, error.message)
    return "as described"


def main():
    url, request, workload, node = sys.argv[1:]
    description = json.load(urllib.request.urlopen(url + "/v1/openapi.json"))
    with open(OPENAPI_SCHEMA) as schema:
        jsonschema.Draft4Validator(json.load(schema)).validate(description)
    known = {"workload": workload, "node": node, "nodes": node + ",nobody",
             "instances": "1", "limit": "5"}
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            query = "&".join("%s=%s" % (p["name"], known[p["name"]])
                             for p in operation.get("parameters", [])
                             if p["name"] in known)
            body = open(request, "rb").read() if method == "post" else None
            for ask_url, ask_body in ((path + ("?" + query if query else ""), body),
                                      (path, body and b"{")):
                if ask_url == path and not query and not body:
                    continue
                status, headers, text = ask(url + ask_url, ask_body)
                print(method, path, status,
                      check(description, operation, status, headers, text))
            if not query and not body:
                status, headers, text = ask(url + path, None)
                print(method, path, status,
                      check(description, operation, status, headers, text))


if __name__ == "__main__":
    main()
