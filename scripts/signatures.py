#!/usr/bin/env python3
"""What the thunks must know of each exported function of V8, read from debug information.

    readelf --debug-dump=info v8.o | signatures.py exported.txt > signatures.txt

v8.o is one file that includes V8's headers, compiled with -g and
-fno-eliminate-unused-debug-types: gcc then describes every class with its members, which tells what a
mangled name does not (static or not, what is returned) and how arguments travel (System V, x86-64).
exported.txt lists what the engine exports (nm -D): gcc describes no free function that is not called, so
those of v8::api_internal are read from their names.

One line a function, sorted by name, fields separated by tabs:

    mangled name    what is returned    arguments in order

    returned:  void | - (something else) | memory (through a hidden pointer) | handle:TYPE
    argument:  this:TYPE     the slot of a handle, as `this`
               handle:TYPE   a Local or MaybeLocal by value: the address of its slot
               handles:N     a pointer to Locals, their number is argument N (counted from 0)
               isolate       a v8::Isolate*, as argument or as `this`
               callback      a v8::FunctionCallback
               scope         `this` of a HandleScope
               -             another that takes one integer register
               float         one SSE register
               stack:N       N words on the stack, whatever registers are left
               ?             not understood: the function gets no thunk

C4 and D4 in a name stand for every variant of a constructor or destructor.
"""
import re
import subprocess
import sys

TAG = re.compile(r"<(\d+)><([0-9a-f]+)>: Abbrev Number: \d+ \((DW_TAG_\w+)\)")
ATTRIBUTE = re.compile(r"DW_AT_(\w+)\s*: (?:\(indirect (?:line )?string, offset: 0x[0-9a-f]+\): |\(\w+\) )?(.*)")


class Entry:
    __slots__ = ("tag", "attributes", "parent", "children")

    def __init__(self, tag, parent):
        self.tag, self.parent = tag, parent
        self.attributes, self.children = {}, []

    def name(self):
        return self.attributes.get("name", "").strip()


def read(lines):
    entries, path, entry = {}, [], None
    for line in lines:
        found = TAG.search(line)
        if found:
            depth = int(found[1])
            del path[depth:]
            entry = Entry(found[3][7:], path[-1] if path else None)
            if path:
                path[-1].children.append(entry)
            path.append(entry)
            entries[int(found[2], 16)] = entry
            continue
        found = ATTRIBUTE.search(line)
        if found and entry is not None:
            entry.attributes[found[1]] = found[2]
    return entries


class Types:
    def __init__(self, entries):
        self.entries = entries
        self.derived = {}
        self.in_locals = set()

    def of(self, entry, attribute="type"):
        value = entry.attributes.get(attribute)
        if value is None:
            return None
        entry = self.entries.get(int(value.strip().strip("<>").replace("0x", ""), 16))
        return self.plain(entry)

    def plain(self, entry):
        while entry is not None and entry.tag in ("typedef", "const_type", "volatile_type"):
            entry = self.of_raw(entry)
        return entry

    def of_raw(self, entry):
        value = entry.attributes.get("type")
        return None if value is None else self.entries.get(
            int(value.strip().strip("<>").replace("0x", ""), 16))

    def alias(self, entry):
        """The names that a type goes by on its way to the plain one."""
        names, entry = [], self.of_raw(entry)
        while entry is not None and entry.tag in ("typedef", "const_type", "volatile_type"):
            names.append(entry.name())
            entry = self.of_raw(entry)
        return names

    def full_name(self, entry):
        parts = []
        while entry is not None and entry.tag != "compile_unit":
            if entry.name():
                parts.append(entry.name())
            entry = entry.parent
        return "::".join(reversed(parts))

    def whole(self, entry):
        """The definition, where `entry` is only a declaration of the class."""
        if "declaration" not in entry.attributes:
            return entry
        if not self.derived:
            for other in self.entries.values():
                if other.tag in ("class_type", "structure_type") and "declaration" not in other.attributes:
                    self.derived.setdefault(self.full_name(other), other)
        return self.derived.get(self.full_name(entry), entry)

    def is_data(self, entry):
        """Whether a class is v8::Data or comes from it: then its `this` is a handle's slot."""
        entry = self.whole(entry)
        if self.full_name(entry) == "v8::Data":
            return True
        return any(self.is_data(base) for child in entry.children if child.tag == "inheritance"
                   for base in [self.of(child)] if base is not None)

    def is_handle(self, entry):
        """Old versions have classes that come from nothing and are yet used through Locals."""
        if not self.in_locals:
            self.in_locals = {found[1] for other in self.entries.values() if other.tag in CLASSES
                              for found in [HANDLE.match(self.full_name(other))] if found}
        return self.is_data(entry) or self.full_name(entry) in self.in_locals

    def by_reference(self, entry):
        """Whether a class is not trivial, so that its values travel by address."""
        entry = self.whole(entry)
        if "declaration" in entry.attributes and NOT_TRIVIAL.match(self.full_name(entry)):
            return True
        own = re.sub(r"<.*", "", entry.name())
        for child in entry.children:
            if child.tag in ("inheritance", "member"):
                if "external" in child.attributes and child.tag == "member":
                    continue  # static
                part = self.of(child)
                if part is not None and part.tag in ("class_type", "structure_type", "union_type") \
                        and self.by_reference(part):
                    return True
                continue
            if child.tag != "subprogram" or "defaulted" in child.attributes:
                continue
            if child.name() == "~" + own:
                return True
            if child.name() == own and "deleted" not in child.attributes:
                arguments = [c for c in child.children
                             if c.tag == "formal_parameter" and "artificial" not in c.attributes]
                if len(arguments) == 1:
                    kind = self.of(arguments[0])
                    if kind is not None and kind.tag in ("reference_type", "rvalue_reference_type") \
                            and self.of(kind) is not None \
                            and self.full_name(self.of(kind)) == self.full_name(entry):
                        return True
        return False

    def has_float(self, entry):
        entry = self.whole(entry)
        for child in entry.children:
            if child.tag not in ("member", "inheritance") or \
                    ("external" in child.attributes and child.tag == "member"):
                continue
            part = self.of(child)
            if part is None:
                continue
            if part.tag == "base_type" and part.name() in ("float", "double"):
                return True
            if part.tag in ("class_type", "structure_type", "union_type") and self.has_float(part):
                return True
        return False

    def size(self, entry):
        return int(self.whole(entry).attributes.get("byte_size", "0"), 0)


# Templates of the library that headers name without making them.
NOT_TRIVIAL = re.compile(r"^std::(?:\w+::)?(?:shared_ptr|unique_ptr|function)<")
HANDLE = re.compile(r"^v8::(?:Maybe)?Local<(?:const )?(.*)>$")
CLASSES = ("class_type", "structure_type", "union_type")
POINTERS = ("pointer_type", "reference_type", "rvalue_reference_type")


class Writer:
    def __init__(self, types):
        self.types = types

    def argument(self, entry):
        if "FunctionCallback" in self.types.alias(entry):
            return ["callback"]
        kind = self.types.of(entry)
        if kind is None:
            return ["?"]
        if kind.tag in POINTERS:
            to = self.types.of(kind)
            if to is not None and to.tag in CLASSES:
                name = self.types.full_name(to)
                if name == "v8::Isolate":
                    return ["isolate"]
                if kind.tag == "pointer_type" and name.startswith("v8::Local<"):
                    return ["handles"]
            return ["-"]
        if kind.tag in ("base_type", "enumeration_type", "ptr_to_member_type"):
            if kind.name() in ("float", "double"):
                return ["float"]
            return ["-"] if self.types.size(kind) <= 8 else ["?"]
        if kind.tag in CLASSES:
            return self.by_value(kind)
        return ["-"] if kind.tag in ("unspecified_type",) else ["?"]

    def by_value(self, kind):
        found = HANDLE.match(self.types.full_name(kind))
        if found:
            return ["handle:" + found[1].replace(" ", "")]
        if self.types.by_reference(kind):
            return ["-"]
        size = self.types.size(kind)
        if "MemorySpan<" in self.types.full_name(kind):
            return ["handles", "count"] if "v8::Local<" in self.types.full_name(kind) else ["pair"]
        if size == 0 or self.types.has_float(kind):
            return ["?"]
        if size > 16:
            return ["stack:%d" % ((size + 7) // 8)]
        return ["-"] if size <= 8 else ["pair"]

    def returned(self, entry):
        kind = self.types.of(entry)
        if kind is None:
            return "void"
        if kind.tag in CLASSES:
            found = HANDLE.match(self.types.full_name(kind))
            if found:
                return "handle:" + found[1].replace(" ", "")
            if self.types.by_reference(kind) or self.types.size(kind) > 16:
                return "memory"
        return "-"

    def row(self, entry, linkage):
        returned = self.returned(entry)
        arguments = ["-"] if returned == "memory" else []
        for child in entry.children:
            if child.tag != "formal_parameter":
                continue
            if "artificial" in child.attributes:
                if linkage.endswith("D4Ev") and arguments:
                    continue  # the second one is the compiler's own
                owner = self.types.full_name(entry.parent)
                if owner == "v8::Isolate":
                    arguments.append("isolate")
                elif owner in ("v8::HandleScope", "v8::EscapableHandleScopeBase",
                               "v8::EscapableHandleScope"):
                    arguments.append("scope")
                elif self.types.is_handle(entry.parent):
                    arguments.append("this:" + owner)
                else:
                    arguments.append("-")
                continue
            arguments += self.argument(child)
        if any(c.tag == "unspecified_parameters" for c in entry.children):
            arguments.append("?")
        return linkage, returned, self.place(arguments)

    @staticmethod
    def place(arguments):
        """Registers run out: what comes then is on the stack, a pair whole or not at all."""
        placed, registers, floats = [], 0, 0
        for argument in arguments:
            if argument == "pair":
                placed += ["-", "-"] if registers <= 4 else ["stack:2"]
                registers += 2 if registers <= 4 else 0
            elif argument == "float":
                placed.append("float" if floats < 8 else "stack:1")
                floats += 1
            elif argument.startswith("stack") or argument == "?":
                placed.append(argument)
            elif registers < 6:
                placed.append(argument)
                registers += 1
            else:
                placed.append("stack:1")
        return Writer.counts(placed)

    @staticmethod
    def counts(placed):
        """`handles` gets the number of the argument that counts them: `int argc` lies before, a
        size last or right behind."""
        for i, argument in enumerate(placed):
            if argument != "handles":
                continue
            if i + 1 < len(placed) and placed[i + 1] == "count":
                placed[i], placed[i + 1] = "handles:%d" % (i + 1), "-"
            elif i > 0 and placed[i - 1] == "-":
                placed[i] = "handles:%d" % (i - 1)
            else:
                last = max((k for k, a in enumerate(placed) if a == "-"), default=None)
                placed[i] = "-" if last is None else "handles:%d" % last
        return placed


def by_name(mangled):
    """Rows of free functions, whose names tell their arguments: pointers, numbers and Locals."""
    names = [name for name in mangled if name.startswith("_ZN2v812api_internal")]
    plain = subprocess.run(["c++filt"], input="\n".join(names), text=True, capture_output=True,
                           check=True).stdout.split("\n")
    for name, text in zip(names, plain):
        arguments = re.sub(r"^[^(]*\(|\)$", "", text)
        arguments = re.sub(r"void \(\*\)\((?:[^()]|\([^()]*\))*\)", "void*", arguments)
        placed = []
        for argument in re.split(r",\s*(?![^<]*>)", arguments) if arguments else []:
            found = HANDLE.match(argument)
            if found:
                placed.append("handle:" + found[1])
            elif argument in ("v8::Isolate*", "v8::internal::Isolate*"):
                placed.append("isolate")
            elif re.search(r"[*&]$|^(?:unsigned |v8::)?(?:\w+)$", argument):
                placed.append("-")
            else:
                placed.append("?")
        yield "\t".join([name, "-", " ".join(Writer.place(placed))])


def main():
    entries = read(sys.stdin)
    types = Types(entries)
    writer = Writer(types)
    rows = {}
    for entry in entries.values():
        if entry.tag != "subprogram" or entry.parent is None:
            continue
        name = entry.attributes.get("linkage_name", "").strip()
        if re.match(r"_ZNK?2v8", name) and name not in rows:
            linkage, returned, arguments = writer.row(entry, name)
            rows[name] = "\t".join([linkage, returned, " ".join(arguments)])
    with open(sys.argv[1]) as exported:
        for row in by_name(line.split()[-1].split("@")[0] for line in exported if line.split()):
            rows.setdefault(row.split("\t")[0], row)
    if len(rows) < 500:
        sys.exit("signatures.py: only %d functions of V8 found; was the file compiled with -g "
                 "-fno-eliminate-unused-debug-types?" % len(rows))
    for name in sorted(rows):
        print(rows[name])


main()
