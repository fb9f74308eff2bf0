#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""check-docs.py DIRECTORY

What Doxygen does not ask of the documentation, asked of its XML output
(DIRECTORY/xml, built by the target `docs`):

  * every class says who owns what, which thread may use it, and since when;
  * every struct, enumeration, concept, free function and free constant says since when;
  * every parameter and every result of a call with parameters is described;
  * every function that may throw says what, and its noexcept twin with a
    std::error_code& is there (or says why there is none, by being in NO_TWIN);
  * every picture is well-formed, and has a title for those who cannot see it.

Prints one line for each gap and ends with: N passed, N failed, 0 skipped.
Exit status: 0 no gap, 1 gaps, 2 wrong usage.
"""
import re
import sys
import xml.etree.ElementTree as tree
from pathlib import Path

# Functions that fail for want of memory only, or whose twin has another name.
NO_TWIN = {
    # text and values: they may run out of memory, nothing else
    "core_name", "to_string", "with_ring", "with_nic", "with_host", "with_all", "with_monitor",
    "with_pipe", "with_flags", "with_memory", "take_snapshot", "operator()", "error", "port_spec_error",
    # constructors: the twin is a static function
    "port",  # port::open
    "port_spec",  # port_spec::parse
    "splice",  # splice::open
    "basic_port",  # port::open, and the constructor that takes its result
    # runs the reader's function; fails only if that does
    "consume",
}
SAYS_NOTHING_OF_THROWING = {
    "core_name", "to_string", "with_ring", "with_nic", "with_host", "with_all", "with_monitor", "with_flags",
    "with_memory", "operator()",
}

passed = 0
gaps = []


def check(good, where, what):
    global passed
    if good:
        passed += 1
    else:
        gaps.append(f"{where}: {what}")


def text(element):
    return "".join(element.itertext()).strip() if element is not None else ""


def words(element):
    """Brief and detailed description together."""
    return [d for d in (element.find("briefdescription"), element.find("detaileddescription")) if d is not None]


def simplesect(element, kind, title=None):
    for d in words(element):
        for s in d.iter("simplesect"):
            if s.get("kind") == kind and (title is None or text(s.find("title")) == title):
                return True
    return False


def described(element, kind):
    """Names that the lists of that kind (param, templateparam, exception) describe."""
    names = set()
    for d in words(element):
        for plist in d.iter("parameterlist"):
            if plist.get("kind") == kind:
                for item in plist.iter("parameteritem"):
                    if text(item.find("parameterdescription")) or kind == "exception":
                        names.update(text(n) for n in item.iter("parametername"))
    return names


def place(element):
    at = element.find("location")
    return f"{at.get('file')}:{at.get('line')}" if at is not None else "?"


def is_special(name, member, params):
    """Constructors and assignments from the own type, destructors, comparisons, ++ and --."""
    if name.startswith("~") or re.fullmatch(r"operator(==|<=>|\+\+|--|[-+]=?)", name):
        return True
    owner = member.get("owner", "").rsplit("::", 1)[-1]
    own = len(params) == 1 and re.fullmatch(rf"{re.escape(owner)}( const)? ?&&?", text(params[0].find("type")))
    return bool(own) and name in (owner, "operator=")


def may_throw(member):
    args = text(member.find("argsstring"))
    return not re.search(r"\bnoexcept\b|=\s*delete", args) and member.get("constexpr") != "yes" \
        and "noexcept" not in text(member.find("exceptions")) and member.get("noexcept") != "yes"


def check_function(member, siblings):
    name = text(member.find("name"))
    params = member.findall("param")
    if is_special(name, member, params):
        return
    where = f"{place(member)} {name}{text(member.find('argsstring'))}"
    known = described(member, "param")
    for p in params:
        p_name = text(p.find("declname"))
        if p_name and not name.startswith("operator"):
            check(p_name in known, where, f"no words for parameter {p_name}")
    result = text(member.find("type"))
    if params and result not in ("", "void", "explicit") and not name.startswith("operator") \
            and any(text(p.find("declname")) not in ("", "ec") for p in params):
        check(simplesect(member, "return"), where, "no words for the result")
    if may_throw(member) and not name.startswith("operator"):
        if name not in SAYS_NOTHING_OF_THROWING:
            check(described(member, "exception") or simplesect(member, "par", "Errors")
                  or member.get("inline") == "yes", where, "no @throws, nor @par Errors")
        if described(member, "exception") and name not in NO_TWIN:
            twin = any("std::error_code" in text(s.find("argsstring")) for s in siblings[name])
            own = "std::error_code" in text(member.find("argsstring"))
            check(twin or own or member.find("templateparamlist") is not None, where, "no std::error_code twin")
    if member.get("kind") == "function" and member.get("free"):
        check(simplesect(member, "since"), where, "no @since")


def check_compound(path):
    root = tree.parse(path).getroot()
    for compound in root.iter("compounddef"):
        kind, name = compound.get("kind"), text(compound.find("compoundname"))
        if kind == "page" or kind == "dir" or "detail" in name.split("::"):
            continue
        at = compound.find("location")
        source = at.get("file") if at is not None else ""
        if not source.endswith((".hpp", ".dox")):
            continue
        if compound.get("prot") == "private" or name.startswith("std::"):
            continue
        members = [m for m in compound.iter("memberdef")
                   if m.get("prot") == "public" and m.get("kind") != "friend"
                   and not re.search(r"=\s*delete", text(m.find("argsstring")))]
        siblings = {}
        for m in members:
            siblings.setdefault(text(m.find("name")), []).append(m)
            m.set("owner", name)
            if kind in ("namespace", "file"):
                m.set("free", "yes")
        if kind in ("class", "struct", "concept"):
            check(simplesect(compound, "since"), f"{place(compound)} {name}", "no @since")
        if kind == "class":
            for title in ("Ownership", "Thread safety"):
                check(simplesect(compound, "par", title), f"{place(compound)} {name}", f'no "@par {title}"')
        for m in members:
            where = f"{place(m)} {text(m.find('name'))}"
            if kind != "file" or m.get("kind") == "define":
                check(any(text(d) for d in words(m)), where, "no words")
            if m.get("kind") == "function" and kind != "file":
                check_function(m, siblings)
            if m.get("kind") in ("enum", "variable", "typedef") and kind == "namespace":
                check(simplesect(m, "since"), where, "no @since")


def check_pictures(path):
    """Every picture of a page is well-formed, and has a title."""
    page = path.read_text(encoding="utf-8")
    begun = page.count('<svg class="nm-picture"')
    pictures = re.findall(r'<svg class="nm-picture".*?</svg>', page, re.DOTALL)
    check(begun == len(pictures), path.name, "a picture that does not end")
    for picture in pictures:
        try:
            root = tree.fromstring(picture)
        except tree.ParseError as e:
            check(False, path.name, f"a picture that is not well-formed: {e}")
            continue
        check(text(root.find("{http://www.w3.org/2000/svg}title")), path.name, "a picture without a title")


def main():
    if len(sys.argv) != 2 or sys.argv[1] in ("-h", "--help"):
        asked = sys.argv[1:] in (["-h"], ["--help"])
        print(__doc__, file=sys.stdout if asked else sys.stderr)
        return 0 if asked else 2
    build = Path(sys.argv[1])
    files = sorted((build / "xml").glob("*.xml"))
    if not files:
        print(f"check-docs.py: no XML in {build}/xml; build the target docs first", file=sys.stderr)
        return 2
    for path in files:
        if path.name.startswith(("class", "struct", "namespace", "concept", "union")) or path.name.endswith("hpp.xml"):
            check_compound(path)
    for path in sorted((build / "html").glob("*.html")):
        check_pictures(path)
    for gap in sorted(set(gaps)):
        print("not ok", gap)
    print(f"{passed} passed, {len(set(gaps))} failed, 0 skipped")
    return 1 if gaps else 0


if __name__ == "__main__":
    sys.exit(main())
