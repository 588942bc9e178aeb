# Installs the guard into an empty folder and builds the example against it as its readers would, once by
# a compiler's command line and once by CMake; then runs it in Node in each mode. Compilers and V8s that
# the guard does not work with have to be told so.
cmake_minimum_required(VERSION 3.25)

set(prefix "${PREFIX}")
file(REMOVE_RECURSE "${prefix}")
execute_process(
  COMMAND "${CMAKE_COMMAND}" --install "${BUILD}" --component guard --prefix "${prefix}"
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)

set(headers -I "${prefix}/include/handrail" -isystem "${NODE_INCLUDE}")
set(definitions -DV8_ENABLE_LOCAL_OFF_STACK_CHECK -DENABLE_SLOW_DCHECKS)
execute_process(
  COMMAND "${CXX}" -std=c++20 -O2 -g -fPIC -fno-rtti -shared ${headers} ${definitions} "${EXAMPLE}/addon.cc"
    "${prefix}/lib/libhandrail_guard.a" -o "${prefix}/addon.node"
  COMMAND_ERROR_IS_FATAL ANY)
execute_process(
  COMMAND "${CMAKE_COMMAND}" -S "${EXAMPLE}" -B "${prefix}/build" -G Ninja -D "CMAKE_CXX_COMPILER=${CXX}"
    -D "CMAKE_PREFIX_PATH=${prefix}" -D "NODE_INCLUDE=${NODE_INCLUDE}" -D CMAKE_BUILD_TYPE=Debug
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${CMAKE_COMMAND}" --build "${prefix}/build"
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)

# run(MODE ADDON STATUS TEXT...): what Node prints has to have each TEXT; `STATUS` 0 or not 0.
function(run mode addon good)
  execute_process(
    COMMAND "${CMAKE_COMMAND}" -E env "HANDRAIL_GUARD=${mode}" "${NODE}" -e
      "const a = require('${addon}'); a.later(7); a.later(8); a.later(9)"
    RESULT_VARIABLE status OUTPUT_VARIABLE said ERROR_VARIABLE said)
  if((good AND NOT status EQUAL 0) OR (NOT good AND status EQUAL 0))
    message(FATAL_ERROR "HANDRAIL_GUARD=${mode}: node ended with ${status} and said\n${said}")
  endif()
  foreach(text IN LISTS ARGN)
    if(NOT said MATCHES "${text}")
      message(FATAL_ERROR "HANDRAIL_GUARD=${mode}: '${text}' is missing in\n${said}")
    endif()
  endforeach()
  set(said "${said}" PARENT_SCOPE)
endfunction()

file(STRINGS "${EXAMPLE}/addon.cc" lines)
list(LENGTH lines count)
foreach(i RANGE 1 ${count})
  math(EXPR at "${i} - 1")
  list(GET lines ${at} line)
  if(line MATCHES "waiting\\[id\\] = resolver")
    set(place "addon.cc:${i}")
    break()
  endif()
endforeach()

set(head "error.HD002.: a v8::Local<v8::Promise::Resolver> is stored on the heap, not on the stack")
set(summary "handrail guard: 3 v8::Local off the stack, at 1 site")
foreach(addon "${prefix}/addon.node" "${prefix}/build/addon.node")
  run("" "${addon}" TRUE "${head}" "--> [^\n]*${place}" "${summary}" "       3  [^\n]*${place}")
  string(REGEX MATCHALL "error.HD002" reports "${said}")
  list(LENGTH reports count)
  if(NOT count EQUAL 1)
    message(FATAL_ERROR "one site was reported ${count} times:\n${said}")
  endif()
endforeach()
run(abort "${prefix}/addon.node" FALSE "${head}" "${place}")
run(count "${prefix}/addon.node" TRUE "${summary}")
if(said MATCHES "error")
  message(FATAL_ERROR "HANDRAIL_GUARD=count reported:\n${said}")
endif()
run(off "${prefix}/addon.node" TRUE)
if(said MATCHES "guard|HD002")
  message(FATAL_ERROR "HANDRAIL_GUARD=off said:\n${said}")
endif()
run(of "${prefix}/addon.node" TRUE "HANDRAIL_GUARD is none of off, count, report, abort" "${head}")

# refused(WHY COMPILER ARGUMENTS...): compiling the header has to fail, and to say why.
file(WRITE "${prefix}/use.cc" "#include \"harness/guard/off_stack_guard.h\"\n")
function(refused why)
  execute_process(COMMAND ${ARGN} -std=c++20 -fsyntax-only "${prefix}/use.cc"
    RESULT_VARIABLE status ERROR_VARIABLE said)
  if(status EQUAL 0 OR NOT said MATCHES "${why}")
    message(FATAL_ERROR "the header was to be refused with '${why}', and the compiler said\n${said}")
  endif()
endfunction()
refused("compile with -DV8_ENABLE_LOCAL_OFF_STACK_CHECK" "${CXX}" ${headers})
if(GXX)
  refused("Use clang 16 or later" "${GXX}" ${headers} ${definitions})
endif()
if(OLD_INCLUDE)
  refused("Use V8 12.4 or later" "${CXX}" -I "${prefix}/include/handrail" -isystem "${OLD_INCLUDE}"
    ${definitions})
endif()
