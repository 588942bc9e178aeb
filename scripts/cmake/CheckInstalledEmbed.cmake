# Installs the embed library into an empty folder, compiles the example against it with nothing but
# a compiler's command line, and runs it.
cmake_minimum_required(VERSION 3.25)

set(prefix "${BUILD}/install-embed")
file(REMOVE_RECURSE "${prefix}")
execute_process(
  COMMAND "${CMAKE_COMMAND}" --install "${BUILD}" --component embed --prefix "${prefix}"
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)

get_filename_component(folder "${V8_LIBRARY}" DIRECTORY)
set(program "${prefix}/example")
execute_process(
  COMMAND "${CXX}" -std=c++20 -fno-rtti -Wall -I "${prefix}/include/handrail" -isystem "${V8_INCLUDE}"
    "${EXAMPLE}" "${prefix}/lib/libhandrail-embed-${ENGINE}.a" "${V8_LIBRARY}" -luv -lpthread
    "-Wl,-rpath,${folder}" -o "${program}"
  COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${program}" OUTPUT_VARIABLE said COMMAND_ERROR_IS_FATAL ANY)
set(expected "a thread answered: 42\nJavaScript got: 42\nleft over: 0 promises, 0 roots\n")
if(NOT said STREQUAL expected)
  message(FATAL_ERROR "the example printed\n${said}\nand should have printed\n${expected}")
endif()
