# Scenarios and the workers that run them.
#
#   handrail_scenario(escape/multiple_promises.cc MultiplePromises)
#
# adds scenarios/escape/multiple_promises.cc, which exports `handrail::Scenario MultiplePromises()`,
# to the worker of every engine; with NODE at its end, for an addon's code that is written against
# Node-API, to those of the engines that are a Node. handrail_add_workers() is called once, after the
# last of them.
include_guard(GLOBAL)
include(HandrailSignatures)

function(handrail_scenario file function)
  handrail_scenario_support(${file} ${ARGN})
  set_property(GLOBAL APPEND PROPERTY HANDRAIL_SCENARIO_FUNCTIONS "${function}")
  if("NODE" IN_LIST ARGN)
    set_property(GLOBAL APPEND PROPERTY HANDRAIL_NODE_FUNCTIONS "${function}")
  endif()
endfunction()

# A source file that scenarios share.
function(handrail_scenario_support file)
  set(path "${CMAKE_CURRENT_SOURCE_DIR}/${file}")
  set_property(GLOBAL APPEND PROPERTY HANDRAIL_SCENARIO_FILES "${path}")
  if("NODE" IN_LIST ARGN)
    set_property(GLOBAL APPEND PROPERTY HANDRAIL_NODE_FILES "${path}")
  endif()
endfunction()

# What only workers are compiled with: a sanitized worker is sanitized throughout, core included,
# the runner never is.
add_library(handrail_worker_flags INTERFACE)
if(HANDRAIL_SANITIZE)
  target_compile_options(handrail_worker_flags INTERFACE
    -fsanitize=${HANDRAIL_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(handrail_worker_flags INTERFACE -fsanitize=${HANDRAIL_SANITIZE})
endif()
if(HANDRAIL_SANITIZE STREQUAL "address")
  target_compile_definitions(handrail_worker_flags INTERFACE HANDRAIL_ASAN)
endif()

# Compiled with the off-stack guard, and linked with it: all that an engine's worker has of V8.
function(handrail_guard_v8_side id)
  target_link_libraries(handrail_v8_${id} PUBLIC handrail::guard)
  target_compile_definitions(handrail_v8_${id} PUBLIC
    HANDRAIL_GUARDED HANDRAIL_SOURCE_FOLDER="${CMAKE_SOURCE_DIR}/")
  target_sources(handrail_v8_${id} PRIVATE "${CMAKE_SOURCE_DIR}/harness/scenario/guard_findings.cc")
endfunction()

# Takes from HANDRAIL_ENGINES those that a guarded worker cannot be built for.
function(handrail_keep_guarded_engines)
  set(kept "")
  foreach(id IN LISTS HANDRAIL_ENGINES)
    handrail_engine(kind ${id} KIND)
    handrail_engine(version ${id} V8_VERSION)
    if(NOT kind STREQUAL "node-addon")
      message(STATUS "Engine ${id}: no worker, guarded workers are for Node engines")
    elseif(version VERSION_LESS 12.4)
      message(STATUS "Engine ${id}: no worker, the off-stack guard needs V8 12.4 or later")
    else()
      list(APPEND kept ${id})
    endif()
  endforeach()
  set(HANDRAIL_ENGINES ${kept} PARENT_SCOPE)
endfunction()

# Core once more for workers: handrail_worker_core.
function(handrail_add_worker_core)
  get_target_property(sources handrail_core SOURCES)
  list(TRANSFORM sources PREPEND "${CMAKE_SOURCE_DIR}/harness/core/")
  add_library(handrail_worker_core OBJECT ${sources})
  set_target_properties(handrail_worker_core PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_link_libraries(handrail_worker_core PUBLIC
    handrail_flags handrail_worker_flags nlohmann_json::nlohmann_json)
endfunction()

# The parts of a worker that know V8, compiled for one engine: handrail_v8_<id>.
function(handrail_add_v8_side id)
  handrail_engine(kind ${id} KIND)
  set(engine executable_engine)
  if(kind STREQUAL "node-addon")
    set(engine node_engine)
  endif()
  set(sources
    embed/box.cc embed/channel.cc embed/deferred.cc embed/environment.cc embed/handle_table.cc
    embed/home.cc embed/mailbox.cc embed/root.cc embed/task.cc embed/wake_up.cc
    embed/executor.cc embed/frame.cc embed/frame_socket.cc embed/isolate_pool.cc
    embed/process_pool.cc embed/script_engine.cc embed/serve_requests.cc
    embed/thread_per_restart.cc embed/watchdog.cc embed/worker_process.cc
    engine/engine.cc engine/fatal_errors.cc engine/handle_area.cc engine/script.cc
    engine/${engine}.cc
    guard/call_watch.cc guard/code_place.cc guard/global_book.cc guard/handle_life.cc
    guard/handle_stack.cc
    guard/import_table.cc guard/isolate_book.cc guard/signature.cc guard/thunk.cc
    guard/trial_watch.cc
    observe/gc_watch.cc observe/heap_sampler.cc observe/near_heap_limit.cc observe/oracle.cc
    observe/process_memory.cc observe/promise_book.cc observe/promise_index.cc
    observe/promise_ledger.cc observe/promise_watch.cc
    observe/promise_places.cc observe/repeated_findings.cc scenario/scenario.cc scenario/trial.cc)
  if(kind STREQUAL "node-addon")
    list(APPEND sources guard/napi_book.cc guard/napi_calls.cc guard/napi_wrap.cc)
  endif()
  list(TRANSFORM sources PREPEND "${CMAKE_SOURCE_DIR}/harness/")
  handrail_engine_signatures(${id} signatures)
  add_library(handrail_v8_${id} OBJECT ${sources} "${signatures}")
  target_compile_definitions(handrail_v8_${id} PRIVATE HANDRAIL_SOURCE_DIR="${CMAKE_SOURCE_DIR}/")
  set_target_properties(handrail_v8_${id} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_link_libraries(handrail_v8_${id} PUBLIC
    handrail_flags handrail_worker_flags handrail_engine_${id} ${HANDRAIL_BACKTRACE} ${CMAKE_DL_LIBS})
  # Parsing V8's headers is more than half of each file's time.
  target_precompile_headers(handrail_v8_${id} PRIVATE
    <v8.h> <functional> <map> <memory> <mutex> <string> <vector>)
  if(kind STREQUAL "node-addon")
    target_compile_definitions(handrail_v8_${id} PRIVATE HANDRAIL_NAPI)
  else()  # Node has libuv in it, with its own header
    target_link_libraries(handrail_v8_${id} PUBLIC PkgConfig::libuv)
  endif()
  if(HANDRAIL_GUARD)
    handrail_guard_v8_side(${id})
  endif()
endfunction()

# The sources and the table (worker/registry.h, generated) of all scenarios that an engine of this
# kind can run; into `files_variable`.
function(handrail_scenarios_for kind files_variable)
  get_property(files GLOBAL PROPERTY HANDRAIL_SCENARIO_FILES)
  get_property(functions GLOBAL PROPERTY HANDRAIL_SCENARIO_FUNCTIONS)
  if(NOT kind STREQUAL "node-addon")
    get_property(node_files GLOBAL PROPERTY HANDRAIL_NODE_FILES)
    get_property(node_functions GLOBAL PROPERTY HANDRAIL_NODE_FUNCTIONS)
    list(REMOVE_ITEM files ${node_files})
    list(REMOVE_ITEM functions ${node_functions})
  endif()
  set(registry "${CMAKE_BINARY_DIR}/generated/registry_${kind}.cc")
  handrail_generate_registry("${registry}" "${functions}")
  set(${files_variable} ${files} "${registry}" PARENT_SCOPE)
endfunction()

function(handrail_generate_registry output functions)
  set(declarations "")
  set(calls "")
  foreach(function IN LISTS functions)
    string(APPEND declarations "Scenario ${function}();\n")
    string(APPEND calls "${function}(), ")
  endforeach()
  file(CONFIGURE OUTPUT "${output}" CONTENT
"// Generated from the handrail_scenario() lines in scenarios/CMakeLists.txt.
#include \"harness/worker/registry.h\"

namespace handrail {

${declarations}
std::vector<Scenario> AllScenarios() { return {${calls}}; }

}  // namespace handrail
")
endfunction()

# Rows that name the tables of the builds with instruments, so that one handrail runs them all. They
# need not be there: it takes those that are.
function(handrail_sibling_tables variable)
  set(rows "")
  if(NOT HANDRAIL_SANITIZE AND NOT HANDRAIL_GUARD)
    foreach(preset guard asan)
      set(table "${CMAKE_SOURCE_DIR}/build/${preset}/bin/engines.json")
      cmake_path(RELATIVE_PATH table BASE_DIRECTORY "${HANDRAIL_BIN_DIR}")
      list(APPEND rows "  {\"table\": \"${table}\"}")
    endforeach()
  endif()
  set(${variable} ${rows} PARENT_SCOPE)
endfunction()

# The part of `handrail audit` that knows this engine's V8: a library that is loaded beside a V8 of the same
# version, see harness/audit/v8_side.h.
function(handrail_add_audit_side id)
  handrail_engine(kind ${id} KIND)
  handrail_engine(version ${id} V8_VERSION)
  if(HANDRAIL_SANITIZE OR HANDRAIL_GUARD OR NOT TARGET handrail_audit
      OR NOT version MATCHES "^([0-9]+\\.[0-9]+)")
    return()
  endif()
  set(name handrail-audit-v8-${CMAKE_MATCH_1}-lib)
  if(kind STREQUAL "node-addon")
    set(name handrail-audit-v8-${CMAKE_MATCH_1}-node)
  endif()
  set(map "${CMAKE_SOURCE_DIR}/harness/audit/v8_side.map")
  add_library(handrail_audit_${id} MODULE "${CMAKE_SOURCE_DIR}/harness/audit/v8_side.cc")
  target_link_libraries(handrail_audit_${id} PRIVATE handrail_v8_${id} handrail_worker_core)
  target_link_options(handrail_audit_${id} PRIVATE "-Wl,--version-script=${map}" -Wl,-z,nodelete)
  set_target_properties(handrail_audit_${id} PROPERTIES OUTPUT_NAME ${name}
    LIBRARY_OUTPUT_DIRECTORY "${HANDRAIL_BIN_DIR}" LINK_DEPENDS "${map}")
endfunction()

function(handrail_add_workers)
  add_custom_target(handrail_workers)  # all that handrail needs of a sibling build
  handrail_add_worker_core()
  set(rows "")
  set(instruments "")  # what these workers are built with, as the rows say it
  if(HANDRAIL_SANITIZE STREQUAL "address")
    set(instruments ", \"instruments\": [\"asan\"]")
  elseif(HANDRAIL_GUARD)
    set(instruments ", \"instruments\": [\"guard\"]")
  endif()
  foreach(id IN LISTS HANDRAIL_ENGINES)
    handrail_engine(kind ${id} KIND)
    handrail_engine(path ${id} PATH)
    if(HANDRAIL_SANITIZE AND kind STREQUAL "node-addon")
      message(STATUS "Engine ${id}: no worker, sanitizers are for engines that are a library")
      continue()
    endif()
    handrail_add_v8_side(${id})
    handrail_scenarios_for(${kind} files)
    foreach(part event_writer trial_process)
      list(APPEND files "${CMAKE_SOURCE_DIR}/harness/worker/${part}.cc")
    endforeach()
    set(worker handrail-worker-${id})
    if(kind STREQUAL "node-addon")
      add_library(${worker} MODULE ${files}
        "${CMAKE_SOURCE_DIR}/harness/worker/loop_watch.cc"
        "${CMAKE_SOURCE_DIR}/harness/worker/main_node_addon.cc")
      set_target_properties(${worker} PROPERTIES PREFIX "" SUFFIX ".node"
        LIBRARY_OUTPUT_DIRECTORY "${HANDRAIL_BIN_DIR}")
      set(file "${worker}.node")
    else()
      add_executable(${worker} ${files}
        "${CMAKE_SOURCE_DIR}/harness/worker/zygote.cc"
        "${CMAKE_SOURCE_DIR}/harness/worker/main_executable.cc")
      set(file "${worker}")
    endif()
    add_dependencies(handrail_workers ${worker})
    handrail_add_audit_side(${id})
    target_link_libraries(${worker} PRIVATE handrail_v8_${id} handrail_worker_core handrail_schedule)
    target_precompile_headers(${worker} PRIVATE
      "${CMAKE_SOURCE_DIR}/harness/scenario/scenario.h"
      "${CMAKE_SOURCE_DIR}/harness/engine/script.h")
    list(APPEND rows
      "  {\"id\": \"${id}\", \"kind\": \"${kind}\", \"worker\": \"${file}\", \"path\": \"${path}\"${instruments}}")
  endforeach()
  handrail_sibling_tables(siblings)
  list(APPEND rows ${siblings})
  list(JOIN rows ",\n" rows)
  # What the runner knows of engines: data beside the binary, one row each.
  file(CONFIGURE OUTPUT "${HANDRAIL_BIN_DIR}/engines.json" CONTENT "[\n${rows}\n]\n")
endfunction()

# Makes every strategy on `engine` a ctest test, <prefix>/<its id>, found out after the build. Not under TSan, whose preset
# builds no worker: trials are judged by how V8 behaves, data races by the tests of embed.
function(handrail_discover_scenario_tests engine prefix)
  if(NOT BUILD_TESTING OR NOT TARGET handrail-worker-${engine} OR HANDRAIL_SANITIZE STREQUAL "thread")
    return()
  endif()
  set(tests "${CMAKE_BINARY_DIR}/generated/${prefix}_tests.cmake")
  add_custom_command(
    OUTPUT "${tests}"
    COMMAND "${CMAKE_COMMAND}" -D "HANDRAIL=$<TARGET_FILE:handrail>" -D "ENGINE=${engine}"
      -D "PREFIX=${prefix}"
      -D "OUTPUT=${tests}" -D "RECORDS=${CMAKE_BINARY_DIR}/records"
      -P "${CMAKE_SOURCE_DIR}/scripts/cmake/DiscoverScenarios.cmake"
    DEPENDS handrail handrail-worker-${engine}
      "${CMAKE_SOURCE_DIR}/scripts/cmake/DiscoverScenarios.cmake"
    COMMENT "Finding the scenario tests of ${engine}" VERBATIM)
  add_custom_target(handrail_${prefix}_tests ALL DEPENDS "${tests}")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${tests}")
endfunction()
