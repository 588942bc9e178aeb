#include "scenarios/napi/addon.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace handrail::napi {

void Ok(napi_status status, std::source_location here) {
  if (status == napi_ok) return;
  std::fprintf(stderr, "%s:%u: a Node-API call gave status %d\n", here.file_name(),
               static_cast<unsigned>(here.line()), static_cast<int>(status));
  std::abort();
}

napi_value Text(napi_env env, std::string_view text) {
  napi_value value;
  Ok(napi_create_string_utf8(env, text.data(), text.size(), &value));
  return value;
}

napi_value Number(napi_env env, double number) {
  napi_value value;
  Ok(napi_create_double(env, number, &value));
  return value;
}

std::string ToText(napi_env env, napi_value value) {
  napi_value string = nullptr;
  if (value == nullptr || napi_coerce_to_string(env, value, &string) != napi_ok) {
    napi_value ignored;
    napi_get_and_clear_last_exception(env, &ignored);
    return "(no value)";
  }
  char text[256];
  size_t size = 0;
  Ok(napi_get_value_string_utf8(env, string, text, sizeof text, &size));
  return std::string(text, size);
}

v8::Local<v8::Value> V8(napi_value value) {
  v8::Local<v8::Value> local;
  static_assert(sizeof local == sizeof value);
  std::memcpy(static_cast<void*>(&local), &value, sizeof local);
  return local;
}

napi_value Script(napi_env env, std::string_view source) {
  napi_value value;
  Ok(napi_run_script(env, Text(env, source), &value));
  return value;
}

napi_value Call(napi_env env, napi_value function, std::initializer_list<napi_value> arguments) {
  napi_value receiver;
  napi_value result;
  Ok(napi_get_undefined(env, &receiver));
  const std::vector<napi_value> all(arguments);
  Ok(napi_call_function(env, receiver, function, all.size(), all.data(), &result));
  return result;
}

napi_value Function(napi_env env, std::function<napi_value(napi_env, napi_callback_info)> callback) {
  using Callback = decltype(callback);
  napi_value function;
  auto* kept = new Callback(std::move(callback));
  Ok(napi_create_function(
      env, "native", NAPI_AUTO_LENGTH,
      [](napi_env env, napi_callback_info info) {
        void* data = nullptr;
        Ok(napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data));
        return (*static_cast<Callback*>(data))(env, info);
      },
      kept, &function));
  Ok(napi_add_env_cleanup_hook(
      env, [](void* data) { delete static_cast<Callback*>(data); }, kept));
  return function;
}

void AfterTurns(napi_env env, int turns, std::function<void()> then) {
  const napi_value native = Function(env, [then = std::move(then)](napi_env, napi_callback_info) {
    then();
    return napi_value{};
  });
  const napi_value wait = Script(env, R"((then, turns) => {
    const turn = () => turns-- > 0 ? setImmediate(turn) : then();
    turn();
  })");
  Call(env, wait, {native, Number(env, turns)});
}

}  // namespace handrail::napi
