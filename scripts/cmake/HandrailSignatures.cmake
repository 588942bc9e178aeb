# What the thunks of harness/guard must know of an engine's functions, read from the debug information of
# its headers: scripts/signatures.py says how. gcc, also where clang compiles the rest: clang leaves out
# what is not used.
include_guard(GLOBAL)

find_program(HANDRAIL_GXX g++ REQUIRED)
find_program(HANDRAIL_READELF readelf REQUIRED)
find_program(HANDRAIL_NM nm REQUIRED)
mark_as_advanced(HANDRAIL_GXX HANDRAIL_READELF HANDRAIL_NM)

# libbacktrace and its header come with gcc, in a folder that only gcc looks into.
execute_process(COMMAND "${HANDRAIL_GXX}" -print-file-name=libbacktrace.a
  OUTPUT_VARIABLE backtrace OUTPUT_STRIP_TRAILING_WHITESPACE)
if(NOT IS_ABSOLUTE "${backtrace}")
  message(FATAL_ERROR "gcc has no libbacktrace.a; on Debian it comes with libgcc-*-dev")
endif()
cmake_path(GET backtrace PARENT_PATH backtrace_dir)
add_library(handrail_backtrace INTERFACE)
target_link_libraries(handrail_backtrace INTERFACE "${backtrace}")
target_compile_options(handrail_backtrace INTERFACE "SHELL:-idirafter ${backtrace_dir}/include")
set(HANDRAIL_BACKTRACE handrail_backtrace)

# Into `variable`: a generated source file that holds the table of engine `id`.
function(handrail_engine_signatures id variable)
  handrail_engine(path ${id} PATH)
  get_target_property(includes handrail_engine_${id} INTERFACE_INCLUDE_DIRECTORIES)
  get_target_property(definitions handrail_engine_${id} INTERFACE_COMPILE_DEFINITIONS)
  set(flags "")
  foreach(include IN LISTS includes)
    list(APPEND flags -isystem "${include}")
  endforeach()
  foreach(definition IN LISTS definitions)
    list(APPEND flags "-D${definition}")
  endforeach()
  set(folder "${CMAKE_BINARY_DIR}/generated/signatures_${id}")
  file(MAKE_DIRECTORY "${folder}")
  file(CONFIGURE OUTPUT "${folder}/v8.cc" CONTENT "#include <v8.h>\n")
  add_custom_command(
    OUTPUT "${folder}/signatures.cc"
    COMMAND "${HANDRAIL_GXX}" -std=c++20 -g -gdwarf-5 -fno-eliminate-unused-debug-types ${flags}
      -c "${folder}/v8.cc" -o "${folder}/v8.o"
    COMMAND "${CMAKE_COMMAND}" -D "NM=${HANDRAIL_NM}" -D "READELF=${HANDRAIL_READELF}"
      -D "LIBRARY=${path}" -D "FOLDER=${folder}" -D "SCRIPT=${CMAKE_SOURCE_DIR}/scripts/signatures.py"
      -P "${CMAKE_SOURCE_DIR}/scripts/cmake/WriteSignatures.cmake"
    DEPENDS "${CMAKE_SOURCE_DIR}/scripts/signatures.py" "${folder}/v8.cc"
      "${CMAKE_SOURCE_DIR}/scripts/cmake/WriteSignatures.cmake"
    COMMENT "Reading the signatures of ${id}" VERBATIM)
  set(${variable} "${folder}/signatures.cc" PARENT_SCOPE)
endfunction()
