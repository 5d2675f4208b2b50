"""QTI 2.1, 2.2 and 3.0: single items and packages; the names of 3.0 are brought to those of 2.x first."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from xml.sax.saxutils import escape

from lms.assessments.rules.kinds.figures import figure
from lms.assessments.services.formats.common import (
    MAX_ITEMS,
    Document,
    Read,
    Unreadable,
    choice_item,
    code_of,
    codes,
    finish,
)
from lms.assessments.services.formats.guarded import local, read_xml
from lms.assessments.services.formats.hypertext import escape_md, from_html, words_of
from lms.assessments.services.formats.pictures import picture_size

if TYPE_CHECKING:
    from collections.abc import Callable
    from xml.etree.ElementTree import Element

_ROOTS = ("assessmentItem", "qti-assessment-item")
_OTHER_ROOTS = {
    "assessmentTest": "susunan ujian",
    "qti-assessment-test": "susunan ujian",
    "assessmentSection": "bagian ujian",
    "qti-assessment-section": "bagian ujian",
    "assessmentStimulus": "bacaan bersama",
    "qti-assessment-stimulus": "bacaan bersama",
    "manifest": "daftar isi paket",
    "responseProcessing": "aturan penilaian",
    "qti-response-processing": "aturan penilaian",
    "outcomeDeclaration": "hasil",
    "usageData": "data pemakaian",
    "questestinterop": "QTI 1.x",
}
_NO_HOME = {
    "uploadInteraction": "Jawaban berupa berkas belum punya bentuk di sini.",
    "drawingInteraction": "Menggambar belum punya bentuk di sini.",
    "mediaInteraction": "Menonton atau mendengar sebagai jawaban belum punya bentuk di sini.",
    "customInteraction": "Interaksi buatan sendiri (customInteraction) tidak dapat dibaca.",
    "portableCustomInteraction": "Interaksi buatan sendiri (PCI) tidak dapat dibaca.",
    "positionObjectInteraction": "Menaruh benda pada gambar belum punya bentuk di sini.",
    "graphicAssociateInteraction": "Menghubungkan tempat pada gambar belum punya bentuk di sini.",
    "graphicOrderInteraction": "Mengurutkan tempat pada gambar belum punya bentuk di sini.",
    "graphicGapMatchInteraction": "Menaruh gambar pada gambar belum punya bentuk di sini.",
    "endAttemptInteraction": "Tombol akhiri atau petunjuk belum punya bentuk di sini.",
}


def looks_like(data: bytes) -> bool:
    """Return whether bytes are a document of QTI 2 or 3."""
    head = data[:6000]
    return bool(
        re.search(rb"<(?:\w+:)?(?:assessmentItem|qti-assessment-item|assessmentTest|qti-assessment-test)[\s>]", head)
    )


def _camel(name: str) -> str:
    plain = name.removeprefix("qti-")
    return re.sub(r"-([a-z])", lambda found: found[1].upper(), plain)


def _normal(node: Element) -> None:
    """Bring names of QTI 3 to those of QTI 2, and drop namespaces."""
    for one in node.iter():
        name = local(one.tag)
        one.tag = _camel(name) if name.startswith("qti-") else name
        for key in list(one.attrib):
            plain = local(key)
            wanted = _camel(plain) if "-" in plain and not plain.startswith(("data-", "aria-", "xml")) else plain
            if wanted != key:
                one.attrib[wanted] = one.attrib.pop(key)


def read_item(data: bytes) -> Document:
    """Return the one question of an item file.

    Raises: Unreadable: no XML, or no item.
    """
    document = Document("qti")
    root = read_xml(data)
    name = local(root.tag)
    if name in _ROOTS:
        document.reads.append(_item(root, "soal 1", {}, ""))
        return document
    if name in _OTHER_ROOTS:
        about = f"Berkas berisi {_OTHER_ROOTS[name]}, bukan soal. Unggah paket ZIP beserta soalnya."
        document.reads.append(Read(f"<{name}>", name=root.get("title", ""), reason=about))
        return document
    raise Unreadable(f"Berkas diawali <{name[:40]}>, bukan soal QTI.")


def read_package(files: dict[str, bytes]) -> Document:
    """Return the questions of an unpacked package, in the order of its manifest.

    Raises: Unreadable: no item in it.
    """
    document = Document("qti")
    named = _manifest(files, document)
    rest = sorted(name for name in files if name.lower().endswith(".xml") and name not in named)
    for name in [*named, *rest]:
        if name not in files or posixpath.basename(name) == "imsmanifest.xml":
            continue
        try:
            root = read_xml(files[name])
        except Unreadable as problem:
            document.reads.append(Read(name, reason=str(problem)))
            continue
        tag = local(root.tag)
        if tag in _ROOTS:
            if len(document.reads) >= MAX_ITEMS:
                document.note(f"Hanya {MAX_ITEMS} soal pertama yang dibaca.")
                break
            document.reads.append(_item(root, name, files, posixpath.dirname(name)))
        else:
            about = _OTHER_ROOTS.get(tag, f"<{tag[:40]}>")
            document.note(f"{name}: {about} tidak ikut; yang dibaca hanya soal.")
    if not document.reads:
        raise Unreadable("Paket ini tidak memuat soal QTI.")
    return document


def _manifest(files: dict[str, bytes], document: Document) -> list[str]:
    path = min((one for one in files if posixpath.basename(one) == "imsmanifest.xml"), key=len, default=None)
    if path is None:
        document.note("Paket tanpa imsmanifest.xml; soal dibaca menurut nama berkas.")
        return []
    try:
        root = read_xml(files[path])
    except Unreadable as problem:
        document.note(f"imsmanifest.xml: {problem}")
        return []
    base, found = posixpath.dirname(path), []
    for node in root.iter():
        if local(node.tag) != "resource":
            continue
        kind, target = node.get("type", ""), unquote(node.get("href", ""))
        name = posixpath.normpath(posixpath.join(base, target)) if target else ""
        if "item" in kind.lower() and target:
            if name in files:
                found.append(name)
            else:
                document.reads.append(
                    Read(target[:120], reason="Berkasnya disebut dalam daftar isi, tetapi tidak ada.")
                )
        elif (
            target
            and not name.lower().endswith(".xml")
            and "webcontent" not in kind.lower()
            and "learning" not in kind.lower()
        ):
            document.note(f"{target[:80]}: jenis {kind[:40]} tidak ikut.")
    return list(dict.fromkeys(found))


class _Key:
    """What an item declares about one response."""

    def __init__(self, node: Element) -> None:
        self.identifier = node.get("identifier", "")
        self.cardinality = node.get("cardinality", "single")
        self.base = node.get("baseType", "identifier")
        self.correct = [" ".join("".join(one.itertext()).split()) for one in node.findall("correctResponse/value")]
        mapping = node.find("mapping")
        self.mapping: dict[str, float] = {}
        self.default, self.upper, self.strict = 0.0, None, True
        if mapping is not None:
            self.default = _float(mapping.get("defaultValue"))
            self.upper = mapping.get("upperBound")
            for one in mapping.findall("mapEntry"):
                self.mapping[one.get("mapKey", "")] = _float(one.get("mappedValue"))
                if one.get("caseSensitive", "true").lower() == "false":
                    self.strict = False
        self.areas = [
            (one.get("shape", ""), one.get("coords", ""), _float(one.get("mappedValue")))
            for one in node.findall("areaMapping/areaMapEntry")
        ]

    def weight(self, value: str) -> float:
        """Return what one value earns, as a part of the most that can be earned."""
        if self.mapping:
            best = self.best()
            return self.mapping.get(value, self.default) / best if best > 0 else 0.0
        return (
            (1.0 if self.cardinality == "single" else 1.0 / max(1, len(self.correct))) if value in self.correct else 0.0
        )

    def best(self) -> float:
        """Return the highest sum of the mapping."""
        values = [value for value in self.mapping.values() if value > 0]
        whole = max(values, default=0.0) if self.cardinality == "single" else sum(values)
        return min(whole, _float(self.upper)) if self.upper and _float(self.upper) > 0 else whole


def _float(text: str | None) -> float:
    try:
        return float(text or 0)
    except ValueError:
        return 0.0


def _percent(part: float) -> str:
    return f"{part * 100:.5f}".rstrip("0").rstrip(".") or "0"


class _Item:
    """One item while it is read."""

    def __init__(self, root: Element, found: Read, files: dict[str, bytes], folder: str) -> None:
        self.root, self.found, self.files, self.folder = root, found, files, folder
        body = root.find("itemBody")
        self.body = body if body is not None else root.makeelement("itemBody", {})
        self.keys = {key.identifier: key for key in map(_Key, root.findall("responseDeclaration"))}
        self.feedback = self._feedback()

    def _feedback(self) -> dict[str, str]:
        told: dict[str, str] = {}
        for one in self.root.iter():
            if one.tag in {"modalFeedback", "feedbackInline", "feedbackBlock"}:
                name = one.get("identifier", "")
                text = from_html(self.inner(one), self.found, inline=True)
                if name and text:
                    told[name] = f"{told[name]} {text}" if name in told else text
        return told

    def inner(self, node: Element, *, skip: tuple[str, ...] = ()) -> str:
        """Return the inside of an element as HTML, without interactions, feedback and words for markers."""
        out = [escape(node.text or "")]
        for child in node:
            name = str(child.tag)
            if name in skip or name.endswith("Interaction"):
                pass
            elif name in {
                "rubricBlock",
                "feedbackInline",
                "feedbackBlock",
                "stylesheet",
                "templateBlock",
                "templateInline",
            }:
                self._aside(child, name)
            elif name == "printedVariable":
                self.found.note("Isi yang dihitung saat ujian (printedVariable) tidak ikut.")
            elif name in {"img", "object"}:
                out.append(self._picture(child))
            elif name == "infoControl":
                self.found.note("Petunjuk tersembunyi (infoControl) tidak ikut.")
            elif name == "math":
                self.found.note("Rumus MathML menjadi teks biasa.")
                out.append(escape(" ".join("".join(child.itertext()).split())))
            elif name in {"gap", "hottext"}:
                out.append(self.inner(child, skip=skip))
            else:
                attributes = "".join(
                    f' {key}="{escape(value, {chr(34): "&quot;"})}"'
                    for key, value in child.attrib.items()
                    if key in {"href", "start", "style"}
                )
                out.append(f"<{name}{attributes}>{self.inner(child, skip=skip)}</{name}>")
            out.append(escape(child.tail or ""))
        return "".join(out)

    def _aside(self, child: Element, name: str) -> None:
        if name == "rubricBlock":
            words = from_html(self.inner(child), self.found, inline=True)
            view = child.get("view", "")
            if words:
                self.found.note(f"Catatan bagi {view or 'pembaca'} tidak ikut: “{words[:60]}”.")
        elif name.startswith("template"):
            self.found.note("Isi yang berubah menurut pola (template) tidak ikut.")
        elif name == "stylesheet":
            self.found.note("Lembar gaya tidak ikut.")

    def _picture(self, child: Element) -> str:
        source = child.get("src") or child.get("data") or ""
        kind = child.get("type", "image/")
        words = child.get("alt") or " ".join("".join(child.itertext()).split())
        if not kind.startswith("image/"):
            self.found.note(f"Isi sisipan tidak ikut: {kind[:40]}.")
            return escape(words)
        name = self.keep(source)
        if not name:
            return escape(words or "gambar")
        return f'<img src="@@PLUGINFILE@@/{escape(name)}" alt="{escape(words, {chr(34): "&quot;"})}"/>'

    def keep(self, source: str) -> str:
        """Return the name under which a picture of the package is kept, or nothing."""
        path = posixpath.normpath(posixpath.join(self.folder, unquote(source)))
        if path not in self.files:
            self.found.note(f"Gambar “{source[:60]}” tidak ada dalam paket.")
            return ""
        name = posixpath.basename(path)
        self.found.files[name] = self.files[path]
        return name

    def text(self, node: Element, *, inline: bool = True) -> str:
        """Return the inside of an element as Markdown."""
        return from_html(self.inner(node), self.found, inline=inline)

    def key(self, node: Element) -> _Key:
        """Return the declaration that an interaction answers."""
        name = node.get("responseIdentifier", "RESPONSE")
        return self.keys.get(name) or _Key(node.makeelement("responseDeclaration", {"identifier": name}))

    def stem(self, node: Element | None = None) -> str:
        """Return the text of the item with the prompt of its interaction."""
        parts = [from_html(self.inner(self.body), self.found)]
        prompt = node.find("prompt") if node is not None else None
        if prompt is not None:
            parts.append(from_html(self.inner(prompt), self.found))
        return "\n\n".join(part for part in parts if part) or escape_md(self.root.get("title", ""))


def _item(root: Element, place: str, files: dict[str, bytes], folder: str) -> Read:
    _normal(root)
    found = Read(place, name=root.get("title") or root.get("identifier") or "")
    item = _Item(root, found, files, folder)
    interactions = [one for one in item.body.iter() if str(one.tag).endswith("Interaction")]
    if not interactions:
        found.reason = "Keterangan tanpa pertanyaan; bank hanya menyimpan soal."
        return found
    made = _made(item, interactions)
    if made is None:
        return finish(found, None)
    _processing(item)
    general = [text for name, text in item.feedback.items() if name not in made.pop("_used", set())]
    if general:
        found.note("Umpan balik umum menjadi pembahasan.")
    made.setdefault("stem", item.stem(interactions[0]))
    made |= {"explanation": " ".join(general), "code": code_of(root.get("identifier", ""))}
    return finish(found, made)


def _made(item: _Item, interactions: list[Element]) -> dict[str, Any] | None:
    names = {str(one.tag) for one in interactions}
    for name in sorted(names):
        if name in _NO_HOME:
            item.found.reason = _NO_HOME[name]
            return None
    if names <= {"textEntryInteraction", "inlineChoiceInteraction"}:
        return _gaps(item, interactions)
    if len(interactions) > 1:
        item.found.reason = (
            f"Satu soal dengan {len(interactions)} interaksi ({', '.join(sorted(names))}) belum punya bentuk di sini."
        )
        return None
    reader = _READERS.get(next(iter(names)))
    if reader is None:
        item.found.reason = f"Interaksi {next(iter(names))[:60]} tidak dikenal."
        return None
    return reader(item, interactions[0])


def _processing(item: _Item) -> None:
    rules = item.root.find("responseProcessing")
    if rules is not None and len(rules) and not rules.get("template"):
        scored = {str(one.tag) for one in rules.iter()}
        if not scored & {"mapResponse", "match", "mapResponsePoint", "isNull", "equal"} or scored & {
            "customOperator",
            "random",
        }:
            item.found.note("Aturan penilaian khusus diganti dengan kunci yang tertulis.")
    if item.root.find("templateDeclaration") is not None or item.root.find("templateProcessing") is not None:
        item.found.note("Pola yang mengubah soal (templateProcessing) tidak ikut.")
    if item.root.find("assessmentStimulusRef") is not None:
        item.found.note("Bacaan bersama (assessmentStimulus) tidak ikut.")
    if item.root.get("adaptive", "false").lower() == "true":
        item.found.note("Soal adaptif menjadi soal biasa dengan satu jawaban akhir.")


def _option(item: _Item, key: _Key, node: Element, used: set[str]) -> dict[str, Any]:
    name = node.get("identifier", "")
    own = [one for one in node.iter() if one.tag in {"feedbackInline", "feedbackBlock"}]
    feedback = " ".join(from_html(item.inner(one), item.found, inline=True) for one in own)
    used |= {one.get("identifier", "") for one in own}
    if not feedback and name in item.feedback:
        feedback = item.feedback[name]
        used.add(name)
    return {"text": item.text(node), "weight": _percent(key.weight(name)), "feedback": feedback}


def _choice(item: _Item, node: Element, tag: str = "simpleChoice") -> dict[str, Any] | None:
    key, used = item.key(node), set[str]()
    nodes = [one for one in node.iter() if one.tag == tag]
    options = [_option(item, key, one, used) for one in nodes]
    if not any(float(one["weight"]) > 0 for one in options):
        item.found.reason = "Kunci jawaban tidak ada."
        return None
    most = node.get("maxChoices", "1")
    many = key.cardinality == "multiple" and most != "1"
    if many and most not in {"0", str(len(options))}:
        item.found.note(f"Batas {most} pilihan tidak ikut.")
    scoring = "all" if many and not key.mapping else ""
    if many and not key.mapping and sum(float(one["weight"]) > 0 for one in options) == 1:
        scoring = ""
        for one in options:
            one["weight"] = "100" if float(one["weight"]) > 0 else "-100"
    made = choice_item(item.found, options, many=many, scoring=scoring)
    return made | {"_used": used}


def _hottext(item: _Item, node: Element) -> dict[str, Any] | None:
    made = _choice(item, node, "hottext")
    if made is not None:
        item.found.note("Kata yang ditunjuk di dalam teks menjadi pilihan di bawah teks.")
        prompt = node.find("prompt")
        parts = [item.stem(node)] if prompt is None else [from_html(item.inner(prompt), item.found)]
        parts.append(from_html(item.inner(node, skip=("prompt",)), item.found))
        made["stem"] = "\n\n".join(part for part in parts if part)
    return made


def _order(item: _Item, node: Element) -> dict[str, Any] | None:
    key = item.key(node)
    nodes = {one.get("identifier", ""): one for one in node.findall("simpleChoice")}
    if sorted(key.correct) != sorted(nodes):
        item.found.reason = "Kunci urutan tidak memuat setiap langkah tepat sekali."
        return None
    return {
        "kind": "ordering",
        "scoring": "all",
        "elements": [
            {"code": code, "text": item.text(nodes[name]), "feedback": item.feedback.get(name, "")}
            for code, name in zip(codes(len(nodes)), key.correct, strict=True)
        ],
        "_used": set(nodes),
    }


def _pairs(key: _Key) -> list[tuple[str, str]]:
    values = key.correct or [one for one, worth in key.mapping.items() if worth > 0]
    found = [tuple(value.split()) for value in values]
    return [(one[0], one[1]) for one in found if len(one) == 2]


def _match(item: _Item, node: Element) -> dict[str, Any] | None:
    key, sets = item.key(node), node.findall("simpleMatchSet")
    if len(sets) != 2:
        item.found.reason = "Menjodohkan memerlukan dua daftar."
        return None
    left, right = ({one.get("identifier", ""): item.text(one) for one in half} for half in sets)
    pairs = [(a, b) if a in left else (b, a) for a, b in _pairs(key)]
    if not pairs or any(a not in left or b not in right for a, b in pairs):
        item.found.reason = "Kunci pasangan tidak ada atau tidak cocok dengan daftarnya."
        return None
    if key.mapping and len({round(value, 6) for value in key.mapping.values() if value > 0}) > 1:
        item.found.note("Bobot pasangan yang berbeda menjadi sama.")
    scoring = "partial" if key.mapping else "all"
    single = all(sum(a == name for a, _b in pairs) == 1 for name in left)
    if single and len(set(right.values())) == len(right):
        used = {right[b] for _a, b in pairs}
        return {
            "kind": "matching",
            "scoring": scoring,
            "pairs": [
                {"code": code, "prompt": left[a], "answer": right[b]}
                for code, (a, b) in zip(codes(len(pairs)), pairs, strict=True)
            ],
            "distractors": [text for text in right.values() if text not in used],
        }
    if len(set(right.values())) < len(right):
        item.found.reason = "Dua tujuan berbunyi sama."
        return None
    return {
        "kind": "categorising",
        "many": True,
        "scoring": scoring,
        "categories": list(right.values()),
        "elements": [
            {"code": code, "text": text, "categories": [right[b] for a, b in pairs if a == name]}
            for code, (name, text) in zip(codes(len(left)), left.items(), strict=True)
        ],
    }


def _associate(item: _Item, node: Element) -> dict[str, Any] | None:
    key = item.key(node)
    texts = {one.get("identifier", ""): item.text(one) for one in node.findall("simpleAssociableChoice")}
    pairs = _pairs(key)
    first, second = [a for a, _b in pairs], {b for _a, b in pairs}
    if (
        len(pairs) < 2
        or any(a not in texts or b not in texts for a, b in pairs)
        or len(set(first)) < len(first)
        or set(first) & second
    ):
        item.found.reason = "Kunci pasangan tidak dapat dijadikan pernyataan dan jawabannya."
        return None
    item.found.note("Pasangan bebas menjadi pernyataan dengan daftar jawaban.")
    extra = [text for name, text in texts.items() if name not in second and name not in first]
    return {
        "kind": "matching",
        "scoring": "partial" if key.mapping else "all",
        "pairs": [
            {"code": code, "prompt": texts[a], "answer": texts[b]}
            for code, (a, b) in zip(codes(len(pairs)), pairs, strict=True)
        ],
        "distractors": extra,
    }


def _gap_match(item: _Item, node: Element) -> dict[str, Any] | None:
    key = item.key(node)
    if node.findall("gapImg"):
        item.found.reason = "Gambar yang ditaruh di celah teks belum punya bentuk di sini."
        return None
    texts = {one.get("identifier", ""): words_of(item.inner(one)) for one in node.findall("gapText")}
    wanted: dict[str, list[str]] = {}
    for a, b in _pairs(key):
        text, gap = (a, b) if a in texts else (b, a)
        wanted.setdefault(gap, []).append(text)
    gaps: list[dict[str, Any]] = []
    answers: list[dict[str, Any]] = []
    for one in list(node.iter()):
        if one.tag != "gap":
            continue
        code, name = str(len(gaps) + 1), one.get("identifier", "")
        gaps.append({"code": code, "kind": "choice"})
        for identifier, text in texts.items():
            answers.append({"gap": code, "text": text, "percent": "100" if identifier in wanted.get(name, ()) else "0"})
        one.text = f"[[{code}]]"
    return _cloze(item, node, gaps, answers, "Kata yang ditaruh di celah menjadi daftar pilihan di tempatnya.")


def _cloze(item: _Item, node: Element, gaps: list[Any], answers: list[Any], note: str) -> dict[str, Any] | None:
    text = from_html(item.inner(node, skip=("prompt", "gapText")), item.found)
    if note:
        item.found.note(note)
    prompt = node.find("prompt")
    stem = from_html(item.inner(prompt), item.found) if prompt is not None else ""
    if node is not item.body:
        stem = "\n\n".join(part for part in (from_html(item.inner(item.body), item.found), stem) if part)
    return {
        "kind": "cloze",
        "text": re.sub(r"\\\[\\\[(\w+)\\\]\\\]", r"[[\1]]", text),
        "gaps": gaps,
        "answers": answers,
        "stem": stem or "Lengkapi teks berikut.",
    }


def _gaps(item: _Item, interactions: list[Element]) -> dict[str, Any] | None:
    if len(interactions) == 1 and interactions[0].tag == "textEntryInteraction":
        return _entry(item, interactions[0])
    gaps: list[dict[str, Any]] = []
    answers: list[dict[str, Any]] = []
    for number, node in enumerate(interactions, 1):
        key, code = item.key(node), str(number)
        if node.tag == "inlineChoiceInteraction":
            gaps.append({"code": code, "kind": "choice"})
            for one in node.findall("inlineChoice"):
                weight = _percent(key.weight(one.get("identifier", "")))
                answers.append({"gap": code, "text": words_of(item.inner(one)), "percent": weight})
        else:
            numeric = key.base in {"float", "integer"}
            gaps.append(
                {
                    "code": code,
                    "kind": "number" if numeric else "text",
                    "case_sensitive": not numeric and key.strict and bool(key.mapping),
                }
            )
            for text, weight in _texts(key):
                answers.append({"gap": code, "text": text, "percent": weight})
        node.tag, node.text = "span", f"[[{code}]]"
        for child in list(node):
            node.remove(child)
    if any(not any(one["gap"] == gap["code"] for one in answers) for gap in gaps):
        item.found.reason = "Ada isian tanpa kunci."
        return None
    return _cloze(item, item.body, gaps, answers, "")


def _texts(key: _Key) -> list[tuple[str, str]]:
    if key.mapping:
        best = max(key.mapping.values(), default=0.0)
        return [
            (text, _percent(max(0.0, worth / best) if best > 0 else 0.0)) for text, worth in key.mapping.items() if text
        ]
    return [(text, "100") for text in key.correct if text]


def _tolerance(item: _Item) -> str:
    for one in item.root.iter("equal"):
        mode, width = one.get("toleranceMode", "exact"), (one.get("tolerance") or "0").split()[0]
        if mode == "absolute":
            return width
        if mode == "relative":
            return f"{width}%"
    for one in item.root.iter("equalRounded"):
        item.found.note("Pembulatan dalam penilaian menjadi toleransi setengah satuan terakhir.")
        return (
            f"{0.5 * 10 ** -int(_float(one.get('figures')))}" if one.get("roundingMode") == "decimalPlaces" else "0.5%"
        )
    return "0"


def _entry(item: _Item, node: Element) -> dict[str, Any] | None:
    key = item.key(node)
    texts = _texts(key)
    if not texts:
        item.found.reason = "Kunci jawaban tidak ada."
        return None
    if node.get("patternMask"):
        item.found.note("Pola isian (patternMask) tidak ikut.")
    node.tag, node.text = "span", "_____"
    stem = item.stem().replace("\\_\\_\\_\\_\\_", "\\_\\_\\_\\_\\_")
    if key.base in {"float", "integer"} and all(figure(text) is not None for text, _weight in texts):
        width = _tolerance(item)
        return {
            "kind": "number",
            "stem": stem,
            "answers": [{"answer": text, "tolerance": width, "percent": weight} for text, weight in texts],
        }
    made: dict[str, Any] = {
        "kind": "short_answer",
        "stem": stem,
        "accepted": [{"text": text, "percent": weight} for text, weight in texts],
    }
    if key.strict and (key.mapping or not item.root.findall(".//stringMatch[@caseSensitive='false']")):
        made["case_sensitive"] = True
    return made


def _essay(item: _Item, node: Element) -> dict[str, Any] | None:
    key = item.key(node)
    if key.correct:
        item.found.note("Contoh jawaban menjadi catatan untuk penilai.")
    return {
        "kind": "essay",
        "lines": int(_float(node.get("expectedLines")) or 8),
        "marker_notes": escape_md(" ".join(key.correct)),
        "template": (node.get("placeholderText") or ""),
    }


def _image_of(item: _Item, node: Element) -> tuple[str, str, int, int] | None:
    picture = node.find("object")
    picture = picture if picture is not None else node.find("img")
    if picture is None:
        picture = next((one for one in node.iter() if one.tag in {"object", "img", "source"}), None)
    if picture is None:
        return None
    name = item.keep(picture.get("data") or picture.get("src") or "")
    words = picture.get("alt") or " ".join("".join(picture.itertext()).split())
    return name, words, int(_float(picture.get("width"))), int(_float(picture.get("height")))


def _hotspot(item: _Item, node: Element) -> dict[str, Any] | None:
    key, places = item.key(node), node.findall("hotspotChoice")
    return _areas(
        item,
        node,
        [
            (
                one.get("hotspotLabel") or one.get("identifier") or "",
                one.get("shape", ""),
                one.get("coords", ""),
                key.weight(one.get("identifier", "")),
            )
            for one in places
        ],
    )


def _areas(item: _Item, node: Element, areas: list[tuple[str, str, str, float]]) -> dict[str, Any] | None:
    image = _image_of(item, node)
    if image is None or not image[0]:
        item.found.reason = "Gambarnya tidak ada dalam paket."
        return None
    if len(areas) < 2:
        item.found.reason = "Satu tempat pada gambar saja tidak menjadi pilihan; butuh dua tempat atau lebih."
        return None
    name, words, width, height = image
    real = picture_size(item.found.files[name])
    width, height = width or real[0], height or real[1]
    options = []
    for code, (label, form, drawn, worth) in zip(codes(len(areas)), areas, strict=True):
        shape, coords = form, drawn
        if shape == "default":
            item.found.note("Tempat “selain itu” (default) menjadi seluruh gambar.")
            shape, coords = "rect", f"0,0,{width},{height}"
        options.append(
            {
                "code": code,
                "text": escape_md(label) or f"Tempat {code.upper()}",
                "correct": worth > 0,
                "feedback": item.feedback.get(label, ""),
                "shape": shape,
                "coords": ",".join(re.findall(r"-?\d+(?:\.\d+)?", coords)),
            }
        )
    return {
        "kind": "hotspot",
        "image": f"berkas:{name}",
        "alt": words,
        "width": width,
        "height": height,
        "options": options,
        "_used": {label for label, _s, _c, _w in areas},
    }


def _point(item: _Item, node: Element) -> dict[str, Any] | None:
    key = item.key(node)
    item.found.note("Menunjuk bebas menjadi memilih satu dari tempat yang disediakan.")
    areas = [(f"Tempat {number}", shape, coords, worth) for number, (shape, coords, worth) in enumerate(key.areas, 1)]
    return _areas(item, node, areas)


def _slider(item: _Item, node: Element) -> dict[str, Any] | None:
    texts = _texts(item.key(node))
    if not texts:
        item.found.reason = "Kunci jawaban tidak ada."
        return None
    low, high = node.get("lowerBound", "0"), node.get("upperBound", "100")
    item.found.note(f"Penggeser dari {low} sampai {high} menjadi angka yang diketik.")
    return {
        "kind": "number",
        "answers": [{"answer": text, "tolerance": _tolerance(item), "percent": weight} for text, weight in texts],
    }


_READERS: dict[str, Callable[[_Item, Element], dict[str, Any] | None]] = {
    "choiceInteraction": _choice,
    "hottextInteraction": _hottext,
    "orderInteraction": _order,
    "matchInteraction": _match,
    "associateInteraction": _associate,
    "gapMatchInteraction": _gap_match,
    "extendedTextInteraction": _essay,
    "hotspotInteraction": _hotspot,
    "selectPointInteraction": _point,
    "sliderInteraction": _slider,
}
