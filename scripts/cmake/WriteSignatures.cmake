# Writes FOLDER/signatures.cc from FOLDER/v8.o and what LIBRARY exports. Run with cmake -P by
# HandrailSignatures.cmake.
function(run)
  execute_process(${ARGN} RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "Reading V8's signatures failed: ${ARGN}")
  endif()
endfunction()

run(COMMAND "${NM}" -D --defined-only "${LIBRARY}" OUTPUT_FILE "${FOLDER}/exported.txt")
run(COMMAND "${READELF}" --debug-dump=info "${FOLDER}/v8.o" OUTPUT_FILE "${FOLDER}/v8.txt")
run(COMMAND /usr/bin/python3 "${SCRIPT}" "${FOLDER}/exported.txt"
    INPUT_FILE "${FOLDER}/v8.txt" OUTPUT_FILE "${FOLDER}/signatures.txt")
file(REMOVE "${FOLDER}/v8.txt")
file(READ "${FOLDER}/signatures.txt" table)
file(WRITE "${FOLDER}/signatures.cc"
"// Generated from V8's headers, see scripts/signatures.py.
#include \"harness/guard/engine_signatures.h\"

namespace handrail::guard {

std::string_view EngineSignatures() {
  return R\"(${table})\";
}

}  // namespace handrail::guard
")
