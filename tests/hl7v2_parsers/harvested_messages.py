"""Messages of HL7 v2 out of a checkout of somebody's project: files that hold them, and the strings of its tests."""

import ast
import hashlib
import re
from pathlib import Path

FILES = {".hl7", ".txt", ".er7"}
# A Java expression of string literals joined by +, whatever else stands between them.
JAVA_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
JAVA_JOIN = re.compile(r"[\s+()]*(?://[^\n]*\n[\s+()]*)*")
# A header with delimiters; a type it may lack.
MESSAGE = re.compile(r"\s*MSH([^\w\s])[^\w\s]{1,5}(\1|[\r\n]|$)")
JAVA_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}


def java_text(literal):
    def meaning(match):
        code = match.group(1)
        return chr(int(code[1:], 16)) if code[0] == "u" else chr(int(code, 8)) if code[0].isdigit() else JAVA_ESCAPES.get(code, code)

    return re.sub(r"\\(u+[0-9a-fA-F]{4}|[0-7]{1,3}|.)", meaning, literal[1:-1])


def java_strings(source):
    """Literals that + joins are one text; variables between them are left out."""
    text, end = "", None
    for match in JAVA_STRING.finditer(source):
        between = source[end : match.start()] if end is not None else None
        if between is None or JAVA_JOIN.fullmatch(between) is None or "+" not in between:
            yield text
            text = ""
        text += java_text(match.group())
        end = match.end()
    yield text


def constant_text(node):
    """Of a string, of strings joined by +, and of "\r".join([strings]); None of anything else."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        sides = [constant_text(node.left), constant_text(node.right)]
        return None if None in sides else "".join(sides)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "join" and len(node.args) == 1:
        separator = constant_text(node.func.value)
        parts = [constant_text(part) for part in getattr(node.args[0], "elts", [])]
        return None if separator is None or None in parts else separator.join(parts)
    return None


def python_strings(source):
    """The largest constant texts, not the pieces that they are made of."""
    nodes = [ast.parse(source)]
    while nodes:
        node = nodes.pop()
        text = constant_text(node)
        if text is None:
            nodes.extend(ast.iter_child_nodes(node))
        else:
            yield text


def texts_of(path):
    data = path.read_bytes()
    if path.suffix in FILES:
        return [data] if b"MSH" in data else []
    source = data.decode("utf-8", "replace")
    try:
        strings = list(java_strings(source) if path.suffix == ".java" else python_strings(source))
    except SyntaxError:
        return []
    return [text.encode("utf-8", "surrogatepass") for text in strings if MESSAGE.match(text)]


def harvest(checkout, folder):
    """Writes what is found into the folder, a file each, once. Returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    seen = {}
    for path in sorted(Path(checkout).rglob("*")):
        if path.suffix in FILES | {".java", ".py"} and path.is_file():
            for text in texts_of(path):
                seen.setdefault(hashlib.sha1(text).hexdigest(), (path.stem, text))
    for number, (stem, text) in enumerate(seen.values(), 1):
        (folder / f"{number:05}-{stem}.hl7").write_bytes(text)
    return sorted(folder.iterdir())
