#!/usr/bin/env python3
"""Writes the element definitions of FHIR as C++ tables.

usage: generate_definitions.py FOLDER OUTPUT

FOLDER holds StructureDefinition-*.json with snapshots, as the npm package hl7.fhir.r4.examples does. Taken are all concrete
resource types and complex data types; a choice element becomes one element per type (valueQuantity, valueString ...), a backbone
element a type of its own that bears its path (Patient.contact), and a content reference the type that it refers to.

Whom a resource is about: FHIR's Patient compartment (CompartmentDefinition-patient.json) names search parameters, whose expressions
are elements. Of several the one that is called patient or subject, else the first; outside of the compartment the search parameter
patient, or the first element that names Patient among the types that it may refer to. The search parameters of the compartment come
with it, patient first where a type has it, then subject: by the first of them a patient's resources are searched for.
"""

import json
import pathlib
import re
import sys

PATH_TYPES = {"BackboneElement", "Element"}
SYSTEM_STRING = "http://hl7.org/fhirpath/System.String"


def read_definitions(folder):
    definitions = []
    for path in sorted(folder.glob("StructureDefinition-*.json")):
        definition = json.loads(path.read_text(encoding="utf-8"))
        concrete = definition.get("derivation") == "specialization" and not definition.get("abstract")
        if concrete and definition.get("kind") in ("resource", "complex-type") and definition["name"] == definition["type"]:
            definitions.append(definition)
    if not definitions:
        sys.exit(f"no StructureDefinition of a resource or data type in {folder}")
    return definitions


def elements_of(definition):
    """(type name, element name, type of the element, repeats, description, choice) for each element of the definition."""
    for element in definition["snapshot"]["element"]:
        path = element["path"]
        if "." not in path or element.get("max") == "0":
            continue
        owner, name = path.rsplit(".", 1)
        repeats = element.get("max") != "1"
        description = " ".join(element.get("short", "").split())
        if "contentReference" in element:
            yield owner, name, element["contentReference"].split("#")[-1], repeats, description, ""
            continue
        codes = list(dict.fromkeys(kind["code"] for kind in element["type"]))
        for code in codes:
            named, choice = name, ""
            if name.endswith("[x]"):
                choice = name[:-3]
                named = choice + code[0].upper() + code[1:]
            kind = path if code in PATH_TYPES else "System.String" if code == SYSTEM_STRING else code
            yield owner, named, kind, repeats, description, choice


def reference_parameters(folder):
    """The elements of FHIR's own search parameters by reference: (resource type, code) to paths, as "participant.actor"."""
    elements = {}
    for path in sorted(folder.glob("SearchParameter-*.json")):
        parameter = json.loads(path.read_text(encoding="utf-8"))
        if parameter.get("type") != "reference" or not parameter["url"].startswith("http://hl7.org/fhir/SearchParameter/"):
            continue
        for alternative in parameter.get("expression", "").split(" | "):
            owner, _, element = alternative.strip().removesuffix(".where(resolve() is Patient)").partition(".")
            if owner in parameter["base"] and re.fullmatch(r"[A-Za-z.]+", element):
                elements.setdefault((owner, parameter["code"]), []).append(element)
    return elements


def patient_elements(folder, definitions):
    """Resource type to the element that names the patient whom a resource is about."""
    parameters = reference_parameters(folder)
    compartment = json.loads((folder / "CompartmentDefinition-patient.json").read_text(encoding="utf-8"))
    members = {resource["code"]: resource.get("param", []) for resource in compartment["resource"]}
    patients = {}
    for definition in definitions:
        name = definition["type"]
        if definition["kind"] != "resource" or name == "Patient":  # who is one himself
            continue
        # Where a parameter has several elements (AuditEvent: who acted, what was touched), the last is what the resource is about.
        found = [parameters[name, code][-1] for code in ["patient", "subject", *members.get(name, [])]
                 if (name, code) in parameters and (code == "patient" or code in members.get(name, []))]
        found += [
            element["path"].partition(".")[2]
            for element in definition["snapshot"]["element"]
            for kind in element.get("type", [])
            if any(target.endswith("/Patient") for target in kind.get("targetProfile", []))
        ]
        if found:
            patients[name] = found[0]
    return patients


def patient_parameters(folder):
    """Resource type to the (code, path) of the search parameters by which FHIR's Patient compartment has it; of Patient none."""
    parameters = reference_parameters(folder)
    compartment = json.loads((folder / "CompartmentDefinition-patient.json").read_text(encoding="utf-8"))
    members = {}
    for resource in compartment["resource"]:
        name, codes = resource["code"], resource.get("param", [])
        if not codes or name == "Patient":
            continue
        # The compartment names subject where patient, the same but for other subjects than patients, is what servers ask for.
        ordered = ["patient"] + [code for code in ["subject"] if code in codes] + [code for code in codes if code not in ("patient", "subject")]
        members[name] = [(code, path) for code in ordered for path in parameters.get((name, code), [])]
        if not members[name]:
            sys.exit(f"no search parameter of {name} for the Patient compartment is defined by elements")
    return members


def quoted(text):
    return json.dumps(text, ensure_ascii=False) + "sv"  # of known length: a compiler that counts characters tires of them


def main():
    folder, output = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    types = {}
    resources = set()
    definitions = read_definitions(folder)
    for definition in definitions:
        name = definition["type"]
        if definition["kind"] == "resource":
            resources.add(name)
        for owner, element, *rest in elements_of(definition):
            types.setdefault(owner, []).append((element, *rest))

    patients = patient_elements(folder, definitions)
    compartment = patient_parameters(folder)
    lines = ['#include "libs/fhir/definitions.h"', "", "namespace lakeflow::fhir {", "namespace {", "", "using namespace std::string_view_literals;", ""]
    lines.append("constexpr ElementDefinition kElements[] = {")
    first = {}
    count = 0
    for name in sorted(types):
        first[name] = count
        for element, kind, repeats, description, choice in types[name]:
            lines.append(f"    {{{quoted(element)}, {quoted(kind)}, {'true' if repeats else 'false'}, {quoted(description)}, {quoted(choice)}}},")
            count += 1
    lines += ["};", "", "constexpr PatientParameter kPatientParameters[] = {"]
    first_parameter = {}
    count = 0
    for name in sorted(compartment):
        first_parameter[name] = count
        lines += [f"    {{{quoted(code)}, {quoted(path)}}}," for code, path in compartment[name]]
        count += len(compartment[name])
    lines += ["};", "", "constexpr TypeDefinition kTypes[] = {"]
    for name in sorted(types):
        is_resource = "true" if name in resources else "false"
        patient = quoted(patients.get(name, ""))
        elements = f"std::span(kElements + {first[name]}, {len(types[name])})"
        parameters = f"std::span(kPatientParameters + {first_parameter.get(name, 0)}, {len(compartment.get(name, []))})"
        lines.append(f"    {{{quoted(name)}, {is_resource}, {elements}, {patient}, {parameters}}},")
    lines += ["};", "", "}  // namespace", "", "std::span<const TypeDefinition> type_definitions() { return kTypes; }", ""]
    lines += ["}  // namespace lakeflow::fhir", ""]
    output.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
