"""What two parsers found in one message, side by side, leaf by leaf; and why they may differ, each reason with the rule of the standard.

A leaf is a value without parts: (field, repetition, component, subcomponent) and its text. A difference that no reason explains has the
reason "UNEXPLAINED".
"""

import re
from collections import Counter
from decimal import Decimal, InvalidOperation

UNEXPLAINED = "UNEXPLAINED"

# Every reason, with the rule that decides (HL7 v2.8.2, chapters 2 and 2A).
REASONS = {
    "refused: delimiters": "§2.5.4: MSH-2 names two to five characters, and a role that it does not name has none. The other parser wants four or five.",
    "refused: type or version": "§2.5.2, §2.15.9: MSH-9 or MSH-12 names nothing that the other parser has a structure of, so it refuses the message. "
    "Values do not depend on it.",
    "refused: segment": "§2.11: a segment that its version lacks makes hl7apy refuse the message. Here it is read.",
    "refused: values": "The other parser wants values that its structure asks for (MFE-5 of MFE-4, times), and refuses the message.",
    "formatting": "§2.7.4-6: formatting, highlighting and hexadecimal sequences are text here; the other parser leaves them as they were sent.",
    "escape without meaning": "§2.7: an escape character that begins no sequence stays here; the other parser drops it.",
    "white space": "§2A.2.75: the other parser strips white space around a value, a segment, or drops a value of nothing else; a leading space is "
    "part of the text (it aligns reports in NTE and OBX).",
    "number rewritten": "§2A.2.47: hl7apy writes a number or a time again as it understood it (007 is 7, 1.0E2). Here the text is as it was sent.",
    "number of a part": "§2.5.3: parts beyond a datatype of its version have no number of their own in the other parser; the values are the same.",
    "value lost": "§2.5.3: HAPI numbers the second subcomponent of a value without parts like its second component, and keeps one of the two.",
    "order": "§2.6: the other parser puts segments into the order of its structure, or counts unknown ones apart; the values are the same.",
    "OBX-2 filled": "§7.4.2.2: HAPI can't read OBX-5 without a datatype, so it was told to take ST, and writes ST into OBX-2.",
    "explicit delimiters": "§2.5.4: MSH-1 and MSH-2 are the delimiters themselves.",
    "line feed": "§2.5.1: CR ends a segment. The other parser takes a line feed behind it for a part of the next segment.",
    "short line": "§2.5.2: a line that is no segment. The other parser passes over it; here it is kept as an unknown segment.",
}


def by_place(leaves):
    return {tuple(leaf[:4]): (leaf[4], leaf[5] if len(leaf) > 5 else leaf[4]) for leaf in leaves if leaf[:2] != [1, None]}


def same_number(one, other):
    try:
        return Decimal(one) == Decimal(other)
    except InvalidOperation:
        return False


def same_value(one, other):
    return one == other or one.strip() == other.strip() or same_number(one, other)


class Pair:
    """One segment as two parsers see it. `counts` takes what is equal, and each reason; `strange` what nothing explains."""

    def __init__(self, name, ours, theirs, escape, keeps_escapes, counts, strange):
        self.name, self.escape, self.keeps_escapes, self.counts, self.strange = name, escape, keeps_escapes, counts, strange
        self.ours, self.theirs = by_place(ours), by_place(theirs)
        if any(None in place for place in self.theirs) or len(self.theirs) != len(theirs):
            self.compare_sequences(ours, theirs)
        else:
            self.compare_places()

    def differ(self, reason, what):
        self.counts[reason] += 1
        if reason == UNEXPLAINED:
            self.strange.append((self.name, *what))

    def compare_places(self):
        rest_of_ours, rest_of_theirs = {}, {}
        for place in self.ours.keys() | self.theirs.keys():
            mine, other = self.ours.get(place), self.theirs.get(place)
            if mine is not None and other is not None:
                self.compare_values(place, mine, other)
            elif mine is None:
                rest_of_theirs[place] = other
            else:
                rest_of_ours[place] = mine
        for place, mine in sorted(rest_of_ours.items()):
            # The same value at another place of the same repetition, or field.
            moved = [p for p, other in rest_of_theirs.items() if p[:2] == place[:2] and other[0] == mine[0]]
            if moved:
                del rest_of_theirs[moved[0]]
                self.differ("number of a part", (place, mine, moved[0]))
            elif mine[0].strip() == "":
                self.differ("white space", (place, mine, None))
            elif place[2] == 1 and (place[0], place[1], place[3], 1) in self.theirs:
                self.differ("value lost", (place, mine, None))
            else:
                self.differ(UNEXPLAINED, (place, mine, None))
        for place, other in sorted(rest_of_theirs.items()):
            filled = self.name == "OBX" and place[0] == 2 and other[0] == "ST"
            doubled = any(p[:2] == place[:2] and mine[0] == other[0] for p, mine in self.ours.items())
            self.differ("OBX-2 filled" if filled else "number of a part" if doubled else UNEXPLAINED, (place, None, other))

    def compare_values(self, place, mine, other):
        if mine[0] != other[0]:
            filled = self.name == "OBX" and place == (2, 1, 1, 1) and other[0] == "ST"
            stripped = mine[0].strip() == other[0].strip()
            number = same_number(mine[0], other[0])
            self.differ("OBX-2 filled" if filled else "white space" if stripped else "number rewritten" if number else UNEXPLAINED, (place, mine, other))
        elif mine[1] != other[1] and not self.keeps_escapes:
            self.differ(self.escape_reason(mine[0]), (place, mine, other))
        else:
            self.counts["equal"] += 1

    def escape_reason(self, raw):
        if not self.escape or self.escape not in raw:
            return UNEXPLAINED
        e = re.escape(self.escape)
        return "formatting" if re.search(f"{e}(\\.|X|H{e}|N{e}|C|M|Z)", raw) else "escape without meaning"

    def compare_sequences(self, ours, theirs):
        """Where the other parser lost numbers: the same values in the same order."""
        mine = [leaf for leaf in ours if leaf[4].strip()]
        theirs = [leaf for leaf in theirs if leaf[4].strip()]
        if len(mine) != len(theirs):
            more = Counter(leaf[4] for leaf in theirs) - Counter(leaf[4] for leaf in mine)
            lost = Counter(leaf[4] for leaf in mine) - Counter(leaf[4] for leaf in theirs)
            self.differ(UNEXPLAINED, ("sequence", len(mine), len(theirs), dict(lost), dict(more)))
            return
        for one, other in zip(mine, theirs):
            known = all(theirs_number in (None, number) for number, theirs_number in zip(one[:4], other[:4]))
            if one[4] == other[4] and known and None not in other[:4]:
                self.counts["equal"] += 1
            elif one[4] == other[4]:
                self.differ("number of a part" if known or None in other[:4] else UNEXPLAINED, (one, other))
            elif same_value(one[4], other[4]):
                self.differ("white space" if one[4].strip() == other[4] else "number rewritten", (one, other))
            else:
                self.differ(UNEXPLAINED, (one, other))


def name_of(text, separator):
    """A segment's name as others have it: what stands before the first field."""
    return text.split(separator)[0]


def compare_message(ours, theirs, delimiters, parser, counts, strange):
    """`delimiters`: the field separator, and the escape character or None."""
    separator, escape = delimiters
    groups_of_ours, groups_of_theirs = {}, {}
    for groups, segments in ((groups_of_ours, ours), (groups_of_theirs, theirs)):
        for name, leaves in segments:
            name = name_of(name.strip(), separator)[: parser.name_length].strip()
            if not name and not leaves:
                continue  # an empty line
            if isinstance(leaves, str):
                counts["refused: segment"] += 1
                groups.setdefault(name, []).append(None)
                continue
            leaves = [leaf for leaf in leaves if not (leaf[0] == 1 and name in ("MSH", "BHS", "FHS"))]
            if leaves or not parser.drops_empty:
                groups.setdefault(name, []).append(leaves)
    for name in groups_of_ours.keys() | groups_of_theirs.keys():
        mine, others = groups_of_ours.get(name, []), groups_of_theirs.get(name, [])
        if len(mine) != len(others):
            counts[UNEXPLAINED] += 1
            strange.append((name, "segments", len(mine), len(others)))
            continue
        if sorted(map(str, mine)) == sorted(map(str, others)) and mine != others:
            counts["order"] += sum(map(len, mine))
            continue
        for one, other in zip(mine, others):
            if other is not None:
                Pair(name, one, other, escape, parser.keeps_escapes, counts, strange)


def refusal(text):
    if re.search(r"encoding characters|EncodingNotSupported|InvalidEncodingChars|not enough values|MSH-2", text, re.IGNORECASE):
        return "refused: delimiters"
    if re.search(r"version|structure|MSH-9|message type|MSH-12", text, re.IGNORECASE):
        return "refused: type or version"
    if re.search(r"MFE-[45]|MFE", text):
        return "refused: values"
    return UNEXPLAINED


def compare(messages, answers, parser):
    """Returns the counts by reason, and what nothing explains, with the message's number."""
    counts, strange = Counter(), []
    for number, (message, answer) in enumerate(zip(messages, answers)):
        if "refused" in answer:
            reason = refusal(answer["refused"])
            counts[reason] += 1
            if reason == UNEXPLAINED:
                strange.append((number, answer["refused"]))
            continue
        found = []
        compare_message(message["segments"], answer["segments"], message["delimiters"], parser, counts, found)
        strange.extend((number, *what) for what in found)
    return counts, strange
