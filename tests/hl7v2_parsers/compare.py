"""tools/compare-hl7v2: see there."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import harvested_messages  # noqa: E402  pylint: disable=wrong-import-position
import landed_leaves  # noqa: E402  pylint: disable=wrong-import-position
import other_parsers  # noqa: E402  pylint: disable=wrong-import-position
from comparison import REASONS, UNEXPLAINED, compare  # noqa: E402  pylint: disable=wrong-import-position

# Table 0211 as Python's codecs.
CODECS = {"UNICODE UTF-8": "utf-8", "UTF-8": "utf-8", "UTF8": "utf-8", "UNICODE": "utf-8", "ISO IR14": "shift_jis", "ISO IR87": "iso2022_jp",
          "ISO IR159": "iso2022_jp_1", "GB 18030-2000": "gb18030", "KS X 1001": "euc_kr", "BIG-5": "big5"}


def codec_of(message):
    names = [leaf[4] for leaf in message["segments"][0][1] if leaf[0] == 18 and leaf[4] not in ("ASCII", "ISO IR6")]
    name = names[0] if names else ""
    return f"iso-8859-{name[5:]}" if name.startswith("8859/") else CODECS.get(name, "utf-8")


def read_messages(hl7v2_leaves, files):
    """What libs/hl7v2 finds in the files, each message with its text and its delimiters as others need them."""
    out = subprocess.run([hl7v2_leaves, *map(str, files)], stdout=subprocess.PIPE, check=True).stdout
    pieces = [json.loads(line) for line in out.decode("utf-8", "surrogatepass").split("\n") if line]
    contents = [file.read_bytes() for file in files]
    messages = [piece for piece in pieces if piece["kind"] == "message"]
    for message in messages:
        message["key"] = (str(files[message["file"]]), message["position"])
        message["bytes"] = contents[message["file"]][message["position"] : message["position"] + message["length"]]
        text = message["bytes"].decode(codec_of(message), "surrogateescape")
        # Others know CR alone; here LF and CR LF end a segment, too.
        message["text"] = text.replace("\r\n", "\r") if "\r" in text else text.replace("\n", "\r")
        message["separator"] = text[3]
        characters = dict(enumerate(next((leaf[4] for leaf in message["segments"][0][1] if leaf[0] == 2), "")))
        message["component"], message["repetition"], escape, message["subcomponent"] = (characters.get(i) for i in range(4))
        message["delimiters"] = (text[3], escape)
        message["all"] = [text[3], *characters.values()]
        lines = message["text"].split("\r")
        message["lines"] = [line.strip("\n") for line in lines if line.strip("\n")]
    return pieces, messages


def show(title, counts, strange):
    print(f"  {title}: " + ", ".join(f"{count} {reason}" for reason, count in counts.most_common()), flush=True)
    for what in strange[:5]:
        print("    ", str(what)[:300])


def compare_corpus(title, files, options):
    """Returns whether everything is equal or explained."""
    pieces, messages = read_messages(options.hl7v2_leaves, files)
    kinds = Counter(piece.get("reason", piece["kind"]) for piece in pieces)
    leaves = sum(len(of_segment) for message in messages for _, of_segment in message["segments"])
    print(f"{title}: {len(files)} files; " + ", ".join(f"{count} {kind}" for kind, count in kinds.most_common()) + f"; {leaves} leaves", flush=True)
    clean = True
    for parser in other_parsers.all_parsers(options.parsers):
        if options.only and parser.name not in options.only:
            continue
        start = time.monotonic()
        counts, strange = compare(messages, parser([message["text"] for message in messages]), parser)
        show(f"{parser.name} ({time.monotonic() - start:.0f} s)", counts, strange)
        options.found.append({"corpus": title, "with": parser.name, **counts})
        clean = clean and not counts[UNEXPLAINED]
    if options.only and "tables" not in options.only:
        return clean
    with tempfile.TemporaryDirectory(prefix="lakeflow-compare-") as folder:
        names = {name for message in messages for name, _ in message["segments"]}
        landed = landed_leaves.ingest(options.lakeflow, options.folder_of[title], Path(folder), names)
        counts, strange = Counter(), []
        landed_leaves.check_segments(messages, landed, counts, strange)
        landed_leaves.check_message_tables(messages, landed, counts, strange)
    show("tables", counts, strange)
    options.found.append({"corpus": title, "with": "tables", **counts})
    return clean and not counts[landed_leaves.LOST] and not counts[landed_leaves.INVENTED]


def main():
    parser = argparse.ArgumentParser(prog="tools/compare-hl7v2", description="HL7 v2 as read here beside hl7apy, HAPI and python-hl7, leaf by leaf")
    parser.add_argument("folders", nargs="*", type=Path, help="folders of messages in *.hl7; without any, 10,000 messages are made up")
    parser.add_argument("--harvest", action="append", default=[], type=Path, metavar="CHECKOUT", help="a project's sources, whose tests hold messages")
    parser.add_argument("--messages", type=int, default=10000, help="how many to make up (default 10000)")
    parser.add_argument("--only", action="append", help="HAPI, hl7apy, python-hl7 or tables; may be given again")
    parser.add_argument("--json", action="store_true", help="the counts once more, as JSON")
    parser.add_argument("--lakeflow", required=True, type=os.path.abspath, help=argparse.SUPPRESS)
    parser.add_argument("--hl7v2-leaves", required=True, type=os.path.abspath, help=argparse.SUPPRESS)
    parser.add_argument("--parsers", required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.found, options.folder_of = [], {}
    with tempfile.TemporaryDirectory(prefix="lakeflow-compare-") as scratch:
        corpora = {}
        if not options.folders and not options.harvest:
            options.folder_of["made up"] = Path(scratch) / "made-up"
            subprocess.run([options.lakeflow, "generate", "hl7v2", options.folder_of["made up"], "--messages", str(options.messages)], check=True,
                           stdout=subprocess.DEVNULL)
        for folder in options.folders:
            options.folder_of[folder.name] = folder.resolve()
        for checkout in options.harvest:
            options.folder_of[f"tests of {checkout.name}"] = Path(scratch) / checkout.name
            harvested_messages.harvest(checkout, options.folder_of[f"tests of {checkout.name}"])
        corpora = {title: sorted(folder.rglob("*.hl7")) for title, folder in options.folder_of.items()}
        clean = all([compare_corpus(title, files, options) for title, files in corpora.items()])
    reasons = {reason for found in options.found for reason in found if reason in REASONS}
    for reason in sorted(reasons):
        print(f"{reason}: {REASONS[reason]}")
    if options.json:
        print(json.dumps(options.found))
    sys.exit(0 if clean else "compare-hl7v2: there are differences that nothing explains")


if __name__ == "__main__":
    main()
