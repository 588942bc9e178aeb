# Run at build time (cmake -P): asks the built handrail for its scenarios and writes one ctest test for
# each strategy on one engine, named PREFIX/<family>/<scenario>/<strategy>. What there is to test is
# told by the workers, not by a list that somebody has to keep.
#
#   -D HANDRAIL=... -D ENGINE=... -D PREFIX=... -D OUTPUT=... -D RECORDS=...
execute_process(
  COMMAND "${HANDRAIL}" list --json --engine "${ENGINE}"
  OUTPUT_VARIABLE list RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "handrail list failed for the engine ${ENGINE}: ${status}")
endif()
string(JSON count LENGTH "${list}")
math(EXPR last "${count} - 1")
set(script "")
foreach(i RANGE ${last})
  string(JSON id GET "${list}" ${i} id)
  string(REPLACE "/" "." file "${id}")
  string(APPEND script
    "add_test([==[${PREFIX}/${id}]==] [==[${HANDRAIL}]==] run [==[${id}]==] --engine ${ENGINE} "
    "--profile quick --no-selftest --jobs 1 --report [==[json=${RECORDS}/${PREFIX}.${file}.json]==])\n"
    "set_tests_properties([==[${PREFIX}/${id}]==] PROPERTIES TIMEOUT 120)\n")
endforeach()
file(WRITE "${OUTPUT}" "${script}")
