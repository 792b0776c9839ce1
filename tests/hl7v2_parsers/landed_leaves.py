"""The rows that `lakeflow ingest` lands of messages, back to leaf values: every leaf of a message must be in its column or in
_rescued_data of its row, and nothing else may be there."""

import datetime
import json
import re
import subprocess
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

FIELD = re.compile(r"([A-Z][A-Z0-9]{2})-(\d+)$")
PATH = re.compile(r"([A-Z][A-Z0-9]{2})-(\d+)(?:\.(\d+))?(?:\.(\d+))?$")
ADDRESS = re.compile(r"([A-Z][A-Z0-9]{2})-(\d+)(?:\[(\d+)\])?(?:\.(\d+))?(?:\.(\d+))?$")
MESSAGE_TABLES = ["adt_messages", "orm_messages", "oru_messages", "siu_messages", "vxu_messages"]

IN_COLUMN = "in its column"
AS_SENT = "in its column, as it was sent with its delimiters"
RESCUED = "in _rescued_data"
PRECISION = "behind a time: the precision that TS had in component 2"
NO_TABLE = "of a segment that no version has: in messages.message_bytes alone"
LOST = "LOST"
INVENTED = "INVENTED"


def ingest(lakeflow, files_folder, folder, segments):
    """Lands the messages into a lake of Parquet files, in a table for each segment, and returns {table: arrow table}."""
    listed = subprocess.run([lakeflow, "discover", "p.yaml", "--json"], cwd=write_pipeline(folder, files_folder, ["messages"]), check=True,
                            stdout=subprocess.PIPE).stdout
    known = set(re.findall(r'"source_table": ?"([^"]+)"', listed.decode()))
    tables = ["messages", "z_segments", *MESSAGE_TABLES] + sorted(s.lower() for s in segments if s.lower() in known)
    subprocess.run([lakeflow, "ingest", "p.yaml"], cwd=write_pipeline(folder, files_folder, tables), check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    landed = {}
    for table in tables:
        files = sorted((folder / "lake/main" / table).rglob("*.parquet"))
        if files:
            landed[table] = pa.concat_tables([pq.ParquetFile(file).read() for file in files])
    return landed


def write_pipeline(folder, files_folder, tables):
    options = {"storage_path": str(files_folder), "recursive": "true", "file_pattern": "*.hl7", "batch_size": "100000"}
    (folder / "p.yaml").write_text(json.dumps({"name": "compare", "connection": {"connector": "healthcare", "options": options},
                                               "destination": {"kind": "parquet", "path": "lake"},
                                               "objects": [{"table": {"source_table": table}} for table in tables]}))
    return folder


def is_companion(field, base):
    """<name>_local and <name>_utc stand behind a time's text, as lists where it repeats."""
    of = field.type.value_type if pa.types.is_list(field.type) else field.type
    return base is not None and field.name in (base + "_local", base + "_utc") and pa.types.is_timestamp(of)


def walk(array, places, numbers, emit):
    """Emits (place in the row, numbers, value) of every value that is there; `places` has the row of each element."""
    if len(array) == array.null_count:
        return
    if pa.types.is_struct(array.type):
        base, number = None, 0
        for index, child in enumerate(array.flatten()):
            field = array.type.field(index)
            if is_companion(field, base):
                continue
            number, base = number + 1, field.name
            walk(child, places, numbers + (number,), emit)
    elif pa.types.is_list(array.type):
        counts, inner = Counter(), []
        for parent in pc.list_parent_indices(array).to_pylist():
            counts[parent] += 1
            inner.append((*places[parent], counts[parent]))
        walk(array.flatten(), inner, numbers, emit)
    else:
        for place, value in zip(places, array.to_pylist()):
            if value is not None:
                emit(place, numbers, value)


class Rows:
    """The rows of one table by message and segment: [columns, rescued, fields that are taken as a whole]."""

    def __init__(self, table):
        self.by_key = {}
        keys = list(zip(table["_source_file"].to_pylist(), table["message_offset"].to_pylist(), table["segment_index"].to_pylist()))
        self.rows = [[{}, json.loads(text, object_pairs_hook=list) if text else []] for text in table["_rescued_data"].to_pylist()]
        self.by_key = dict(zip(keys, self.rows))
        self.text_fields, self.time_fields = set(), set()
        base = None
        for field, column in zip(table.schema, table.columns):
            described = FIELD.match((field.metadata or {}).get(b"lakeflow.description", b"").decode())
            if field.name == "message_datetime_utc":
                continue
            if is_companion(field, base):
                self.time_fields.add(number)
                continue
            base = field.name
            if not described or field.name in ("message_control_id", "message_datetime"):
                continue  # of the row's message
            number = int(described[2])
            if field.type == pa.list_(pa.string()):
                self.text_fields.add(number)
            array = column.combine_chunks()
            array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
            walk(array, [(row,) for row in range(len(array))], (number,), self.take)

    def take(self, place, numbers, value):
        repetition = place[1] if len(place) > 1 else 1
        component = numbers[1] if len(numbers) > 1 else 1
        subcomponent = numbers[2] if len(numbers) > 2 else 1
        self.rows[place[0]][0][(numbers[0], repetition, component, subcomponent)] = value


def shown(text):
    """As _rescued_data shows a byte that could not be decoded."""
    return re.sub("[\udc80-\udcff]", lambda match: f"\\x{ord(match[0]) - 0xDC00:02X}", text)


def replaced(text):
    return re.sub("[\udc80-\udcff]", "\ufffd", text)


def is_value(value, text):
    if isinstance(value, str):
        return value == replaced(text)
    if isinstance(value, bool) or value is None:
        return False
    try:
        return Decimal(str(value)) == Decimal(text)
    except ArithmeticError:
        return False


class SegmentCheck:
    """One segment's leaves against its row."""

    def __init__(self, message, index, leaves, rows, counts, strange):
        self.message, self.index, self.counts, self.strange = message, index, counts, strange
        self.columns, rescued = rows.by_key[message["key"] + (index,)]
        self.columns = dict(self.columns)
        self.fields = message["lines"][index].split(message["separator"])
        self.shift = 1 if self.fields[0] == "MSH" else 0
        self.name = self.fields[0]
        self.rescued = {}
        for address, raw in rescued:
            segment, *numbers = ADDRESS.match(address).groups()
            if segment == self.name or segment != "MSH":
                self.rescued.setdefault(tuple(int(n or 1) for n in numbers), []).append(raw)
        used = set()
        for leaf in leaves:
            self.check_leaf(tuple(leaf[:4]), leaf[4], leaf[5] if len(leaf) > 5 else leaf[4], rows, used)
        for place, value in self.columns.items():
            if place not in used and not (self.name == "MSH" and place[0] == 1):
                self.note(INVENTED, place, value)
        for place, values in self.rescued.items():
            if ("rescued", place) not in used and any(value.strip("".join(self.message["all"])) for value in values):
                self.note(INVENTED, place, values)

    def note(self, reason, *what):
        self.counts[reason] += 1
        if reason in (LOST, INVENTED):
            self.strange.append((self.message["key"], self.name, self.index, *what))

    def raw_field(self, field):
        return self.fields[field - self.shift]

    def is_as_sent(self, field, repetition):
        """A list of texts has a repetition as it was sent where it is divided and its datatype varies."""
        sent = self.raw_field(field).split(self.message["repetition"] or "\n\n")[repetition - 1]
        divided = any(d and d in sent for d in (self.message["component"], self.message["subcomponent"]))
        return divided and self.columns.get((field, repetition, 1, 1)) == replaced(sent)

    def check_leaf(self, place, raw, text, rows, used):
        field, repetition = place[:2]
        whole = (field, 1, 1, 1)
        if field in rows.text_fields and self.is_as_sent(field, repetition):
            used.add((field, repetition, 1, 1))
            # Values of a type that the text is none of are rescued as well.
            used.update(("rescued", p) for p in self.rescued if p[:2] == place[:2])
            self.note(AS_SENT)
        elif place in self.columns and is_value(self.columns[place], text):
            used.add(place)
            if place in self.rescued:  # a time that is none, bytes that are no text: the column has it as well
                used.add(("rescued", place))
            self.note(IN_COLUMN)
        elif shown(raw) in self.rescued.get(place, []):
            used.add(("rescued", place))
            self.note(RESCUED)
        elif whole in self.rescued and shown(self.raw_field(field)) in self.rescued[whole]:
            used.add(("rescued", whole))
            self.note(RESCUED)
        elif field in rows.time_fields and place[2] > 1:
            self.note(PRECISION)
        else:
            self.note(LOST, place, raw)


def check_segments(messages, landed, counts, strange):
    rows_of = {table: Rows(rows) for table, rows in landed.items() if table not in ("messages", "z_segments", *MESSAGE_TABLES)}
    rows_of_local = local_rows(landed["z_segments"]) if "z_segments" in landed else {}
    sent = dict(zip(zip(landed["messages"]["_source_file"].to_pylist(), landed["messages"]["message_offset"].to_pylist()),
                    landed["messages"]["message_bytes"].to_pylist()))
    for message in messages:
        if sent.get(message["key"]) != message["bytes"]:
            counts[LOST] += 1
            strange.append((message["key"], "messages.message_bytes is not what was sent"))
        for index, (name, leaves) in enumerate(message["segments"]):
            is_name = re.fullmatch("[A-Z][A-Z0-9]{2}", name)
            if is_name and name[0] == "Z":
                check_local(message, index, rows_of_local.get(message["key"] + (index,), {}), counts, strange)
            elif is_name and name.lower() in rows_of:
                SegmentCheck(message, index, leaves, rows_of[name.lower()], counts, strange)
            else:
                counts[NO_TABLE] += len(leaves)


def local_rows(table):
    rows = [{} for _ in range(table.num_rows)]
    keys = zip(table["_source_file"].to_pylist(), table["message_offset"].to_pylist(), table["segment_index"].to_pylist())
    for row, fields in zip(rows, table["fields"].to_pylist()):
        for f, repetitions in enumerate(fields or [], 1):
            for r, components in enumerate(repetitions or [], 1):
                for c, value in enumerate(components or [], 1):
                    if value is not None:
                        row[(f, r, c)] = value
    return dict(zip(keys, rows))


def check_local(message, index, row, counts, strange):
    """Of a Z segment's components, which are as they were sent where they have subcomponents."""
    wanted = {}
    for f, field in enumerate(message["lines"][index].split(message["separator"])[1:], 1):
        for r, repetition in enumerate(field.split(message["repetition"] or "\n\n"), 1):
            for c, component in enumerate(repetition.split(message["component"] or "\n\n"), 1):
                if component:
                    wanted[(f, r, c)] = replaced(component)
    texts = {tuple(leaf[:3]): replaced(leaf[5]) for leaf in message["segments"][index][1] if len(leaf) > 5 and leaf[3] == 1}
    for place in wanted.keys() | row.keys():
        divided = message["subcomponent"] and message["subcomponent"] in wanted.get(place, "")
        if row.get(place) == (wanted.get(place) if divided else texts.get(place, wanted.get(place))):
            counts[AS_SENT if divided else IN_COLUMN] += 1
        else:
            counts[LOST] += 1
            strange.append((message["key"], "Z", place, wanted.get(place), row.get(place)))


def check_message_tables(messages, landed, counts, strange):
    """The flat columns of the tables by type of message: each is of the first segment that its description names."""
    by_key = {message["key"]: message for message in messages}
    for table in MESSAGE_TABLES:
        if table not in landed:
            continue
        rows = landed[table]
        keys = list(zip(rows["_source_file"].to_pylist(), rows["message_offset"].to_pylist()))
        rescued = [json.loads(text).keys() if text else () for text in rows["_rescued_data"].to_pylist()]
        for field, column in zip(rows.schema, rows.columns):
            path = PATH.match((field.metadata or {}).get(b"lakeflow.description", b"").decode())
            if path and not pa.types.is_nested(field.type):
                numbers = [int(n or 1) for n in path.groups()[1:]]
                for key, value, addresses in zip(keys, column.to_pylist(), rescued):
                    check_column(by_key[key], table, field.name, path[0], path[1], numbers, value, addresses, counts, strange)


def check_column(message, table, column, path, segment, numbers, value, rescued, counts, strange):
    index = next((i for i, (name, _) in enumerate(message["segments"]) if name == segment), None)
    place = (numbers[0], 1, numbers[1], numbers[2])
    leaf = next((l for l in message["segments"][index][1] if tuple(l[:4]) == place), None) if index is not None else None
    text = None if leaf is None else leaf[5] if len(leaf) > 5 else leaf[4]
    if isinstance(value, datetime.datetime):
        fits = text is not None and text[:14].ljust(14, "0").startswith(value.strftime("%Y%m%d%H%M")[: max(8, min(12, len(text[:12])))])
    elif isinstance(value, datetime.date):
        fits = text is not None and text.startswith(value.strftime("%Y%m%d"))
    elif value is None:
        fits = text is None or path in rescued  # nothing was sent, or what is no time and no number
    else:
        sent = None if index is None else (message["lines"][index].split(message["separator"]) + [""] * 60)[numbers[0] - (1 if segment == "MSH" else 0)]
        fits = (text is not None and is_value(value, text)) or value == replaced(sent or "")
    counts["columns of message tables" if fits else LOST] += 1
    if not fits:
        strange.append((message["key"], table, column, text, value))
