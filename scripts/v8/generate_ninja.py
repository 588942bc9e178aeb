#!/usr/bin/python3
"""Writes build.ninja for a V8 13.6 with AddressSanitizer, its own checks and handle zapping.

usage: generate_ninja.py SOURCE, run in the build folder. SOURCE is an unpacked Node.js 24 as Debian has
it; of that only deps/v8 and two lists in tools/v8_gypfiles are used. Neither gyp nor GN is needed: the
lists of sources come from V8's BUILD.gn (gn_sources.py).

One toolset: torque, mksnapshot and the library share all objects. Three precompiled headers make it
fast: without them 80 to 90 % of the time goes into parsing V8's headers again (85 minutes, not 20).
Left out: Intl, WebAssembly, Maglev. There are no dependency files: the source is taken not to change.
"""
import os
import re
import sys

import gn_sources

ARGUMENTS = dict(
    v8_current_cpu='x64', current_cpu='x64', target_cpu='x64', host_cpu='x64', v8_target_cpu='x64',
    target_os='linux', current_os='linux', host_os='linux', is_posix=True, is_linux=True, is_clang=True,
    v8_enable_webassembly=False, v8_enable_i18n_support=False, v8_enable_maglev=False,
    v8_enable_sparkplug=True, v8_enable_turbofan=True, v8_advanced_bigint_algorithms=True,
    current_toolchain=1, host_toolchain=1, v8_generator_toolchain=1, v8_snapshot_toolchain=1)

# The first lines as Node.js 24 configures V8, the last three what this build is for.
DEFINES = '''
V8_GYP_BUILD V8_TYPED_ARRAY_MAX_SIZE_IN_HEAP=64 V8_ATOMIC_OBJECT_FIELD_WRITES
V8_ENABLE_LAZY_SOURCE_POSITIONS V8_ENABLE_SEEDED_ARRAY_INDEX_HASH V8_WIN64_UNWINDING_INFO
V8_ENABLE_REGEXP_INTERPRETER_THREADED_DISPATCH V8_ENABLE_EXTENSIBLE_RO_SNAPSHOT V8_ENABLE_LEAPTIERING
V8_ENABLE_SPARKPLUG V8_ENABLE_TURBOFAN V8_ENABLE_CONTINUATION_PRESERVED_EMBEDDER_DATA
V8_ENABLE_JAVASCRIPT_PROMISE_HOOKS V8_ALLOCATION_FOLDING V8_ALLOCATION_SITE_TRACKING
V8_ADVANCED_BIGINT_ALGORITHMS V8_TARGET_ARCH_X64
BUILDING_V8_SHARED BUILDING_V8_PLATFORM_SHARED V8_TLS_USED_IN_LIBRARY
DEBUG V8_ENABLE_CHECKS ENABLE_LOCAL_HANDLE_ZAPPING ENABLE_GLOBAL_HANDLE_ZAPPING VERIFY_HEAP
V8_ENABLE_ALLOCATION_TIMEOUT V8_ENABLE_DEBUG_CODE CPPGC_VERIFY_HEAP CPPGC_ENABLE_API_CHECKS
'''.split()

# ASan on V8's heap objects; its own stack and globals are not what this is about, and cost time.
FLAGS = ('-std=gnu++20 -O1 -g0 -w -fPIC -pthread -fvisibility=hidden -fvisibility-inlines-hidden '
         '-fno-exceptions -fno-strict-aliasing -fno-omit-frame-pointer -fsanitize=address '
         '-fno-sanitize-address-use-after-scope -mllvm -asan-stack=0 -mllvm -asan-globals=0')

RULES = '''ninja_required_version = 1.5
cflags = {flags}
rule cxx
  command = clang++-19 $cflags $extra -c $in -o $out
  description = CXX $out
rule pch
  command = clang++-19 $cflags -fpch-instantiate-templates -x c++-header $in -o $out
  description = PCH $out
rule link
  command = clang++-19 -fuse-ld=lld -fsanitize=address -pthread -o $out @$out.rsp -ldl -lrt
  rspfile = $out.rsp
  rspfile_content = $in
  description = LINK $out
rule so
  command = clang++-19 -shared -fuse-ld=lld -fsanitize=address -pthread -Wl,-soname,libv8.so $
      -Wl,-Bsymbolic-functions -o $out @$out.rsp -ldl -lrt
  rspfile = $out.rsp
  rspfile_content = $in
  description = SO $out
rule run
  command = ASAN_OPTIONS=detect_leaks=0:detect_odr_violation=0 sh -c 'cd {v8} && $cmd' && touch $out
  description = RUN $out
rule cc
  command = clang-19 -O1 -fno-builtin -fPIC -c $in -o $out
rule asm
  command = clang-19 -c -fPIC $in -o $out
'''

MKSNAPSHOT = ('--turbo_instruction_scheduling --target_os=linux --target_arch=x64 '
              '--embedded_variant Default --random-seed 314159265 --no-native-code-counters '
              '--concurrent-builtin-generation --concurrent-turbofan-max-threads=0')


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


class Writer:
    """The lines of build.ninja. Sources are named below `v8`, or by an absolute path."""

    def __init__(self, v8, build, include):
        self.v8 = v8
        self.build = build
        flags = [FLAGS] + ['-D' + name for name in DEFINES] + ['-I' + path for path in include]
        self.lines = [RULES.format(flags=' '.join(flags), v8=v8)]

    def add(self, line):
        self.lines.append(line)

    def compile(self, sources, pch='', extra='', generated=True):
        """Their objects. `generated`: they may include what torque and the bytecode list are for."""
        objects = []
        for source in sources:
            path = os.path.join(self.v8, source)
            inside = os.path.relpath(path, self.build) if os.path.isabs(source) else source
            objects.append('obj/' + re.sub(r'\.(cc|cpp|S)$', '.o', inside))
            needs = f' | pch_{pch}.pch' if pch else ''
            needs += ' || gen.stamp' if generated else ''
            self.add(f'build {objects[-1]}: cxx {path}{needs}')
            options = f'{extra} -include-pch pch_{pch}.pch' if pch else extra
            if options:
                self.add(f'  extra = {options.strip()}')
        return objects

    def link(self, output, objects):
        self.add(f'build {output}: link {" ".join(objects)}')

    def run(self, stamp, program, command):
        self.add(f'build {stamp}: run | {program}')
        self.add(f'  cmd = {command}')


def inspector_sources(root, generated):
    lists = read(f'{root}/tools/v8_gypfiles/inspector.gypi')
    sources = sorted(set(re.findall(r"'<\(V8_ROOT\)/(src/inspector/[^']+\.cc)'", lists)))
    sources.append('src/inspector/v8-string-conversions.cc')
    protocol = sorted(set(re.findall(r"inspector_protocol_path\)/(crdtp/[^']+\.cc)'", lists)))
    sources += ['third_party/inspector_protocol/' + path for path in protocol]
    domains = 'Protocol Console Debugger HeapProfiler Profiler Runtime Schema'.split()
    return sources + [f'{generated}/src/inspector/protocol/{domain}.cpp' for domain in domains]


def abseil_sources(root):
    lists = read(f'{root}/tools/v8_gypfiles/abseil.gyp')
    return ['third_party/abseil-cpp/' + path
            for path in sorted(set(re.findall(r"ABSEIL_ROOT\)/(absl/[^']+\.cc)", lists)))]


def generate(root, build):
    here = os.path.dirname(os.path.abspath(__file__))
    v8 = f'{root}/deps/v8'
    gen = f'{build}/gen'
    gn = gn_sources.BuildFile(f'{v8}/BUILD.gn', ARGUMENTS)
    torque_files, compiler = gn.top_level('torque_files', 'v8_compiler_sources')
    bytecode_list = gn.sources('bytecode_builtins_list_generator')
    highway = 'abort aligned_allocator per_target print stats targets timer'.split()

    out = Writer(v8, build, [
        v8, f'{v8}/include', gen, f'{gen}/generate-bytecode-output-root',
        f'{v8}/third_party/abseil-cpp', f'{v8}/third_party/fp16/src/include',
        f'{v8}/third_party/highway/src', f'{here}/shim'])

    # What generates code, and is there before any of it.
    libbase = out.compile(gn.sources('v8_libbase'), generated=False)
    abseil = out.compile(abseil_sources(root), generated=False)
    torque = out.compile(gn.sources('torque_base') + ['src/torque/torque.cc'],
                         extra='-fexceptions', generated=False)
    out.link('torque', torque + libbase + abseil)
    lister = out.compile(bytecode_list, generated=False)
    out.link('bclist', lister + libbase + abseil)
    tables = f'{gen}/torque-generated'
    for path in torque_files:  # torque makes no folders
        os.makedirs(os.path.dirname(f'{tables}/{path}'), exist_ok=True)
    out.run('torque.stamp', 'torque',
            f'{build}/torque -o {tables} -v8-root . {" ".join(torque_files)}')
    bytecodes = f'{gen}/generate-bytecode-output-root/builtins-generated'
    os.makedirs(bytecodes, exist_ok=True)
    out.run('bclist.stamp', 'bclist', f'{build}/bclist {bytecodes}/bytecodes-builtins-list.h')
    out.add('build gen.stamp: phony torque.stamp bclist.stamp')
    classes = [f'{tables}/{path.replace(".tq", "-tq")}' for path in torque_files]
    assemblers = [path + '-csa.cc' for path in classes]
    assemblers += [f'{tables}/{name}.cc' for name in ('enum-verifiers', 'exported-macros-assembler')]
    definitions = [path + '.cc' for path in classes]
    definitions += [f'{tables}/{name}.cc' for name in ('class-verifiers', 'factory', 'objects-printer')]
    for path in assemblers + definitions:  # not known to Ninja before torque has run
        out.add(f'build {path}: phony torque.stamp')
    for name in ('base', 'csa', 'comp'):
        out.add(f'build pch_{name}.pch: pch {here}/shim/pch_{name}.h || gen.stamp')

    # V8 itself.
    base = [path for path in gn.sources('v8_base_without_compiler') if path not in bytecode_list]
    engine = out.compile(base, pch='base')
    for part in ('v8_bigint', 'v8_heap_base', 'cppgc_base'):
        engine += out.compile(gn.sources(part))
    engine += out.compile([f'third_party/highway/src/hwy/{name}.cc' for name in highway],
                          generated=False)
    engine += out.compile(definitions, pch='base')
    engine += [path for path in lister if 'generate-' not in path]
    engine += out.compile([path for path in compiler if path.endswith('.cc')], pch='comp')
    engine += out.compile(gn.sources('v8_libplatform'))

    # The snapshot, made by a V8 that has none.
    setup = out.compile(gn.sources('v8_initializers') + assemblers, pch='csa')
    setup += out.compile(['src/init/setup-isolate-full.cc'])
    out.link('mksnapshot',
             out.compile(gn.sources('mksnapshot'), pch='base') + setup + engine + libbase + abseil)
    out.run('snap.stamp', 'mksnapshot', f'{build}/mksnapshot {MKSNAPSHOT} '
            f'--startup_src {gen}/snapshot.cc --embedded_src {gen}/embedded.S')
    out.add(f'build {gen}/snapshot.cc {gen}/embedded.S: phony snap.stamp')
    out.add(f'build obj/snapshot.o: cxx {gen}/snapshot.cc || snap.stamp')
    out.add(f'build obj/embedded.o: asm {gen}/embedded.S || snap.stamp')

    # The library.
    rest = out.compile(['src/init/setup-isolate-deserialize.cc'])
    rest += ['obj/snapshot.o', 'obj/embedded.o', 'obj/sanitizer_internal.o']
    inspector = f'{gen}/inspector-generated-output-root'
    rest += out.compile(inspector_sources(root, inspector), pch='base',
                        extra=f'-I{inspector} -I{v8}/third_party/inspector_protocol '
                              f'-I{inspector}/include')
    out.add(f'build obj/sanitizer_internal.o: cc {here}/shim/sanitizer_internal.c')
    out.add(f'build libv8.so: so {" ".join(rest + engine + libbase + abseil)}')
    out.add('default libv8.so')
    return out.lines


def main():
    if len(sys.argv) != 2:
        sys.exit('usage: generate_ninja.py SOURCE')
    lines = generate(os.path.abspath(sys.argv[1]), os.getcwd())
    with open('build.ninja.new', 'w', encoding='utf-8') as file:
        file.write('\n'.join(lines) + '\n')
    os.replace('build.ninja.new', 'build.ninja')
    print(sum(': cxx ' in line for line in lines), 'files to compile')


if __name__ == '__main__':
    main()
