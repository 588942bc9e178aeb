// What the addons of this family share: strings, scripts, the state of an addon, turns of Node's
// loop. The calls that a scenario is about stand in its own file, written out as addon authors write
// them, with the status dropped where they drop it.
//
// Threads: Node's main thread, in a callback of Node-API or in the body.
#pragma once

#include <node_api.h>
#include <v8.h>

#include <functional>
#include <initializer_list>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>

namespace handrail::napi {

// For calls that cannot fail unless the harness is wrong: ends the process with the place and status.
void Ok(napi_status status, std::source_location here = std::source_location::current());

napi_value Text(napi_env env, std::string_view text);
napi_value Number(napi_env env, double number);
// As String(value) gives it; "(no value)" when there is none or that throws. Leaves no exception.
std::string ToText(napi_env env, napi_value value);

// The same value for the oracle, which speaks V8's language: a napi_value is the slot of a Local.
v8::Local<v8::Value> V8(napi_value value);

// The value of a script: most often "(a, b) => ...", a function to be called by native code.
napi_value Script(napi_env env, std::string_view source);
napi_value Call(napi_env env, napi_value function, std::initializer_list<napi_value> arguments = {});

// A JavaScript function that calls `callback`, as often as it is called. Kept until Node's end.
napi_value Function(napi_env env, std::function<napi_value(napi_env, napi_callback_info)> callback);

// Calls `then` after so many turns of Node's loop, which the waiting itself keeps alive.
void AfterTurns(napi_env env, int turns, std::function<void()> then);

// The addon's state: made here, deleted when Node tears the environment down. One for each addon.
template <class State, class... Arguments>
State& Install(napi_env env, Arguments&&... arguments) {
  auto* state = new State{std::forward<Arguments>(arguments)...};
  Ok(napi_set_instance_data(
      env, state, [](napi_env, void* data, void*) { delete static_cast<State*>(data); }, nullptr));
  return *state;
}

}  // namespace handrail::napi
