#!/usr/bin/env python3
"""Writes the HL7 v2 dictionary as C++ arrays: generate_dictionary.py <folder of hl7apy> <folder of hl7-dictionary> <output.cpp>

Fields, datatypes and message structures of the versions 2.1 to 2.8.2 come from hl7apy, which has them from the standard's own XML
schemas. hl7-dictionary adds what hl7apy lacks: titles of segments, and the events of table 0354. What is wrong in either is put right
by dictionary_corrections.json, which gives the standard's rule for each.
"""

import importlib
import json
import re
import sys
from pathlib import Path

# Version 2.7.1 differs from 2.7 in no segment, datatype or structure that the sources tell of: version.cpp makes them one.
VERSIONS = ["2.1", "2.2", "2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.8", "2.8.1", "2.8.2"]
TITLE_VERSIONS = ["2.1", "2.2", "2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7"]
KINDS = {"SI": "kInteger", "NM": "kNumber", "DT": "kDateTime", "DTM": "kDateTime", "TS": "kDateTime", "varies": "kVaries"}


class Use:
    """A field, or a component, as one version has it."""

    def __init__(self, type_name, long_name, cardinality, table):
        self.name = snake_case(long_name)
        self.type = {None: "WD", "wd": "WD"}.get(type_name, type_name).removesuffix("_SIMPLE")
        self.min, self.max = cardinality
        self.max = max(self.max, 0)  # 0: as often as wanted
        self.withdrawn = self.type == "WD" or tuple(cardinality) == (0, 0)
        self.table = int(re.sub(r"\D", "", table)[1:] or 0) if table else 0

    def key(self):
        return (self.name, self.type, self.min, self.max, self.table, self.withdrawn)


def snake_case(long_name):
    name = re.sub(r"\s+", "_", long_name.lower())
    name = re.sub(r"_(e_g|i_e)_.*", "", name)  # "Suffix (e.g., Jr or III)"
    name = re.sub(r"_s(?=_|$)", "s", name)  # "Mother's", "Site(s)"
    return re.sub(r"_+", "_", name).strip("_")


def load_hl7apy(folder):
    sys.path.insert(0, str(folder))
    return {v: importlib.import_module("hl7apy.v" + v.replace(".", "_")) for v in VERSIONS}


def load_javascript(path):
    """A file of one object literal in JSON's syntax: var segments = {…}; module.exports = segments;"""
    text = path.read_text()
    return json.loads(text[text.index("{") : text.rindex("};") + 1])


def children(definition):
    """The parts of a segment, group or message: of a withdrawn one there are none, and ORO of 2.1 is its parts alone."""
    if definition[0] in ("sequence", "choice"):
        return definition[1] if len(definition) > 1 else ()
    return definition


def uses_by_version(modules):
    """{segment or datatype: {position: {version: Use}}}, each for fields and for components."""
    fields, components = {}, {}
    for version, module in modules.items():
        for segment, definition in module.SEGMENTS.items():
            if len(segment) != 3:  # ANYHL7SEGMENT
                continue
            for name, reference, cardinality, _ in children(definition):
                use = Use(reference[2], reference[3], cardinality, reference[4])
                fields.setdefault(segment, {}).setdefault(int(name.split("_")[1]), {})[version] = use
        for datatype, parts in module.DATATYPES_STRUCTS.items():
            for name, reference, cardinality, _ in parts:
                use = Use(reference[2], reference[3], cardinality, reference[4])
                position = int(name.rsplit("_", 1)[1])
                components.setdefault(datatype.removesuffix("_SIMPLE"), {}).setdefault(position, {}).setdefault(version, use)
    return fields, components


def correct(uses, corrections):
    """Applies the corrections of one kind; one that changes nothing is out of date, and an error."""
    for correction in corrections:
        owner, position = re.match(r"(\w+)[-.](\d+)$", correction["place"]).groups()
        changed = False
        for version in correction["versions"]:
            use = uses[owner].setdefault(int(position), {}).get(version)
            if use is None:
                use = uses[owner][int(position)][version] = Use("ST", "", (0, 1), None)
            before = use.key()
            for attribute in ("name", "type", "min", "max", "table", "withdrawn"):
                if attribute in correction:
                    setattr(use, attribute, correction[attribute])
            changed = changed or use.key() != before
        if not changed:
            raise SystemExit(f"dictionary_corrections.json: {correction['place']} is so already")


def newest(by_version):
    """As the newest version has it that did not withdraw it; None where a position never was more than withdrawn."""
    valid = [by_version[v] for v in VERSIONS if v in by_version and not by_version[v].withdrawn]
    return valid[-1] if valid else None


def runs(by_version, owner_versions):
    """[(first version, last version, Use)]: what did not change from version to version is one. Left out of a version that has
    the segment, a field is withdrawn."""
    result = []
    last = None
    for index, version in enumerate(VERSIONS):
        use = by_version.get(version)
        if use is None:
            if version not in owner_versions or last is None:
                continue
            use = Use("WD", "", (0, 0), None)
        if use.withdrawn:
            known = newest(by_version)
            use = Use("WD", "", (0, 0), None)
            use.name = known.name if known else ""
        if result and result[-1][1] == index - 1 and result[-1][2].key() == use.key():
            result[-1][1] = index
        else:
            result.append([index, index, use])
        last = use
    return result


def unique_names(names):
    """A name that came before gets the field's number."""
    seen, result = set(), []
    for number, name in enumerate(names, 1):
        unique = name if name and name not in seen else f"{name or 'field'}_{number}"
        seen.add(unique)
        result.append(unique)
    return result


def structure_text(module, name, parts, kind, groups):
    """The standard's abstract message syntax: [optional], {repeating}, NAME( of a group ), one | other."""
    out = []
    for child, _, (minimum, maximum), child_kind in parts:
        text = child
        if child_kind == "GRP":
            group_kind, group_parts = module.GROUPS[child]
            short = re.sub(rf"^{name}_", "", child, flags=re.IGNORECASE)
            short = groups.get(short, short)
            if re.search(r"SUPPGRP\d*$", short):  # the schemas' own name of a choice that the standard leaves without one
                short = "CHOICE"
            text = f"{short}({structure_text(module, name, group_parts, group_kind, groups)})"
        text = text if maximum == 1 else "{" + text + "}"
        out.append(text if minimum > 0 else "[" + text + "]")
    return (" | " if kind == "choice" else " ").join(out)


def structure_rows(modules, groups, events):
    """[(structure, first version, last version, text)]. The schemas have some structures once more under the name of each event."""
    rows = {}
    for index, module in enumerate(modules.values()):
        texts = {name: structure_text(module, name, children(d), d[0], groups) for name, d in module.MESSAGES.items()}
        for name, text in texts.items():
            if texts.get(events.get(name.replace("_", "^", 1))) == text:
                continue
            of_name = rows.setdefault(name, [])
            if of_name and of_name[-1][1] == index - 1 and of_name[-1][2] == text:
                of_name[-1][1] = index
            else:
                of_name.append([index, index, text])
    return [(name, *row) for name in sorted(rows) for row in rows[name]]


def structures_of_events(table, more):
    """{"ADT^A04": "ADT_A01"}, of the events whose structure has another name."""
    events = {}
    for structure, of_structure in list(table["values"].items()) + list(more.items()):
        for event in re.findall(r"\b[A-Z][A-Z0-9]{2}\b", of_structure):
            code = structure.split("_")[0]
            if f"{code}_{event}" != structure:
                events[f"{code}^{event}"] = structure
    return events


class Writer:
    """The generated file. Names of fields, and of types, are numbers in the histories."""

    def __init__(self, components, fields):
        used = {use.type for of in (components, fields) for by in of.values() for vs in by.values() for use in vs.values()}
        self.types = {name: number for number, name in enumerate(sorted(used | set(components) | {"ST", "WD"}))}
        self.names = {}
        self.out = []

    def name_number(self, name):
        return self.names.setdefault(name, len(self.names))

    def line(self, text):
        self.out.append(text)

    def definitions(self, components, fields, titles):
        self.line(f"extern const std::array<DatatypeDefinition, {len(self.types)}> kTypes;")
        composite = {}
        for datatype in sorted(components):
            if datatype in KINDS:
                continue
            parts = [newest(components[datatype].get(n, {})) for n in range(1, max(components[datatype]) + 1)]
            composite[datatype] = f"k{datatype}"
            names = unique_names([part.name if part else "" for part in parts])
            self.line(f"constexpr ComponentDefinition k{datatype}[] = {{")
            for name, part in zip(names, parts):
                self.line(f'{{"{name}", &kTypes[{self.types[part.type if part else "ST"]}]}},')
            self.line("};")
        self.line(f"constinit const std::array<DatatypeDefinition, {len(self.types)}> kTypes = {{{{")
        for name in self.types:
            kind = "kComposite" if name in composite else KINDS.get(name, "kText")
            self.line(f'{{"{name}", ValueKind::{kind}, {composite.get(name, "{}")}}},')
        self.line("}};")
        for segment in sorted(fields):
            parts = [newest(fields[segment].get(n, {})) for n in range(1, max(fields[segment]) + 1)]
            names = unique_names([part.name if part else "" for part in parts])
            self.line(f"constexpr FieldDefinition k{segment}Fields[] = {{")
            for name, part in zip(names, parts):
                # What varies is taken as a whole, repetition by repetition.
                repeats = "true" if part and (part.max != 1 or part.type == "varies") else "false"
                self.line(f'{{"{name}", &kTypes[{self.types[part.type if part else "ST"]}], {repeats}}},')
            self.line("};")
        self.line("constexpr SegmentDefinition kSegments[] = {")
        for segment in sorted(fields):
            self.line(f'{{"{segment}", "{titles[segment]}", k{segment}Fields}},')
        self.line("};")

    def histories(self, fields, segment_versions):
        """By segment, in the order of kSegments: which versions have it, where its fields' runs begin."""
        rows, first_runs, segments = [], [], []
        for segment in sorted(fields):
            mask = sum(1 << i for i, v in enumerate(VERSIONS) if v in segment_versions[segment])
            segments.append(f"{{{mask}, {len(first_runs)}}},")
            for position in range(1, max(fields[segment]) + 1):
                first_runs.append(len(rows))
                for first, last, use in runs(fields[segment].get(position, {}), segment_versions[segment]):
                    rows.append(f"{{{first}, {last}, {self.name_number(use.name)}, {self.types[use.type]}, {use.min}, {use.max}, {use.table}}},")
        self.line("constexpr FieldRun kFieldRuns[] = {" + "".join(rows) + "};")
        self.line("constexpr std::uint16_t kFirstRuns[] = {" + ",".join(map(str, first_runs + [len(rows)])) + "};")
        self.line("constexpr SegmentHistory kSegmentHistories[] = {" + "".join(segments) + "};")
        self.line("constexpr std::string_view kFieldNames[] = {" + ",".join(f'"{name}"' for name in self.names) + "};")

    def structures(self, rows, events):
        self.line("constexpr StructureRow kStructures[] = {")
        for name, first, last, text in rows:
            self.line(f'{{"{name}", {first}, {last}, "{text}"}},')
        self.line("};")
        self.line("constexpr EventRow kEvents[] = {" + "".join(f'{{"{event}", "{structure}"}},' for event, structure in sorted(events.items())) + "};")


def main(hl7apy, hl7_dictionary, output):
    corrections = json.loads((Path(__file__).parent / "dictionary_corrections.json").read_text())
    modules = load_hl7apy(hl7apy)
    fields, components = uses_by_version(modules)
    groups = {wrong: correction["name"] for wrong, correction in corrections["groups"].items()}
    events = {structure: correction["events"] for structure, correction in corrections["events"].items()}
    correct(fields, corrections["fields"])
    correct(components, corrections["components"])
    segment_versions = {s: {v for by in fields[s].values() for v, use in by.items() if not use.withdrawn} for s in fields}

    titles = {}
    for version in TITLE_VERSIONS:
        of_version = load_javascript(Path(hl7_dictionary) / "lib" / version / "segments.js")
        titles.update({segment: definition["desc"] for segment, definition in of_version.items()})
    titles.update({segment: title["title"] for segment, title in corrections["titles"].items()})
    lacking = sorted(set(fields) - set(titles))
    if lacking:
        raise SystemExit(f"dictionary_corrections.json: no title for {', '.join(lacking)}")
    tables = load_javascript(Path(hl7_dictionary) / "lib" / "tables.js")

    writer = Writer(components, fields)
    writer.line("// Written by libs/hl7v2/generate_dictionary.py.")
    writer.line('#include "libs/hl7v2/dictionary_data.h"')
    writer.line("namespace lakeflow::hl7v2 {\nnamespace {")
    writer.definitions(components, fields, titles)
    writer.histories(fields, segment_versions)
    events = structures_of_events(tables["354"], events)
    writer.structures(structure_rows(modules, groups, events), events)
    writer.line("}  // namespace")
    writer.line("const DictionaryData& dictionary_data() {")
    writer.line("  static constinit const DictionaryData kData{kSegments, kSegmentHistories, kFirstRuns, kFieldRuns, kFieldNames, kTypes,")
    writer.line("                                              kStructures, kEvents};")
    writer.line("  return kData;\n}\n}  // namespace lakeflow::hl7v2")
    Path(output).write_text("\n".join(writer.out) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
