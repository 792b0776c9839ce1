"""Other parsers of HL7 v2, each as a function from the messages' texts to what it finds in them:

    {"segments": [["MSH", [[field, repetition, component, subcomponent, raw, text], …]], …]} or {"refused": "why"}

as hl7v2_leaves writes it. A number that a parser does not keep is None. "text" is left out where it is the raw value.
"""

import json
import re
import struct
import subprocess
import sys
import threading
from pathlib import Path

import hl7
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.exceptions import HL7apyException
from hl7apy.parser import get_message_info, parse_message, parse_segment

VERSION = re.compile(r"2\.\d(\.\d)?$")


class Hapi:
    """A Java process for as long as it is needed."""

    name = "HAPI"
    keeps_escapes = False  # escape sequences are read
    name_length = None  # a segment's name is all before its first field
    drops_empty = True  # segments without values are not in its answers

    def __init__(self, folder):
        self.command = ["java", "-Xmx2g", "-cp", f"{folder}/classes:{folder}/lib/*", "HapiParser", "leaves"]

    def __call__(self, texts):
        process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

        def feed():
            for text in texts:
                characters = text.encode("utf-16-be", "surrogatepass")
                process.stdin.write(struct.pack(">i", len(characters) // 2) + characters)
            process.stdin.close()

        feeding = threading.Thread(target=feed)
        feeding.start()
        found = [json.loads(line) for line in process.stdout]
        feeding.join()
        if process.wait() != 0 or len(found) != len(texts):
            sys.exit(f"HAPI answered {len(found)} of {len(texts)} messages")
        return found


def number_of(name, is_alone=False):
    """Of "CX_4" 4; of a name that is no more than a datatype's: 1 where it stands alone, else None."""
    tail = (name or "").rsplit("_", 1)[-1]
    return int(tail) if tail.isdigit() else 1 if is_alone else None


def hl7apy_value(subcomponent):
    value = subcomponent.value
    # Texts are as they were sent; numbers and times were read, and are written again.
    raw = getattr(value, "value", value)
    return raw if isinstance(raw, str) else "" if raw is None else value.to_er7()


def hl7apy_segment(segment):
    leaves = []
    repetitions = {}
    for field in segment.children:
        number = number_of(field.name)
        repetitions[number] = repetitions.get(number, 0) + 1
        if segment.name == "MSH" and number == 1:
            continue
        for component in field.children:
            for subcomponent in component.children:
                value = hl7apy_value(subcomponent)
                if value:
                    repetition = repetitions[number] if number else None
                    c = number_of(component.name, len(field.children) == 1)
                    leaves.append([number, repetition, c, number_of(subcomponent.name, len(component.children) == 1), value])
    return [segment.name, leaves]


class Hl7apy:
    name = "hl7apy"
    keeps_escapes = True
    name_length = 3
    drops_empty = False

    def __call__(self, texts):
        return [self.parse(text) for text in texts]

    def parse(self, text):
        try:
            message = parse_message(text, find_groups=False, validation_level=VALIDATION_LEVEL.TOLERANT)
            return {"segments": [hl7apy_segment(segment) for segment in message.children]}
        except HL7apyException as failure:
            return self.parse_by_segment(text, failure)
        except Exception as failure:  # pylint: disable=broad-except
            return {"refused": f"{type(failure).__name__}: {failure}"}

    def parse_by_segment(self, text, failure):
        """A segment that its version does not know makes it refuse the whole message: the others are asked for one by one."""
        segments = []
        try:
            encoding, _, version = get_message_info(text.lstrip())
            for line in text.lstrip().split("\r"):
                if line.strip():
                    try:
                        segments.append(hl7apy_segment(parse_segment(line.strip(), version, encoding, VALIDATION_LEVEL.TOLERANT)))
                    except HL7apyException as refusal:
                        segments.append([line.strip()[:3], f"{type(refusal).__name__}"])
        except Exception:  # pylint: disable=broad-except
            return {"refused": f"{type(failure).__name__}: {failure}"}
        return {"segments": segments}


def python_hl7_leaves(segment, message):
    header = str(segment[0]) in ("MSH", "BHS", "FHS")
    leaves = []
    for f, field in enumerate(segment[1:], 1):
        if header and f <= 2:
            if f == 2:
                leaves.append([2, 1, 1, 1, str(field)])
            continue
        for r, repetition in enumerate(parts(field, hl7.Field), 1):
            for c, component in enumerate(parts(repetition, hl7.Repetition), 1):
                for s, value in enumerate(parts(component, hl7.Component), 1):
                    if value:
                        text = message.unescape(value) if message.esc in value else value
                        leaves.append([f, r, c, s, value] + ([text] if text != value else []))
    return [str(segment[0]), leaves]


def parts(whole, kind):
    """The parts of a field, repetition or component; itself where it is none (python-hl7 leaves out levels that have one part)."""
    return list(whole) if isinstance(whole, kind) else [whole]


class PythonHl7:
    name = "python-hl7"
    keeps_escapes = False
    name_length = None
    drops_empty = False

    def __call__(self, texts):
        return [self.parse(text) for text in texts]

    def parse(self, text):
        try:
            message = hl7.parse(text)
            return {"segments": [python_hl7_leaves(segment, message) for segment in message]}
        except Exception as failure:  # pylint: disable=broad-except
            return {"refused": f"{type(failure).__name__}: {failure}"}


def all_parsers(folder):
    return [Hapi(Path(folder)), Hl7apy(), PythonHl7()]
