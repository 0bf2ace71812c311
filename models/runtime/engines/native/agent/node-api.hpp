// The few calls of Node-API that are used here: its headers come with no Node that is installed to run programs, and its
// ABI stays as it is from one version of Node to the next.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

typedef struct napi_env__* napi_env;
typedef struct napi_value__* napi_value;
typedef struct napi_callback_info__* napi_callback_info;
typedef napi_value (*napi_callback)(napi_env, napi_callback_info);
typedef void (*napi_finalize)(napi_env, void* data, void* hint);
/// An enum in C; 0 is success.
typedef int napi_status;

napi_status napi_get_cb_info(napi_env, napi_callback_info, std::size_t* count, napi_value* arguments, napi_value* self,
                             void** data);
napi_status napi_get_value_int64(napi_env, napi_value, std::int64_t* result);
napi_status napi_get_value_string_latin1(napi_env, napi_value, char* text, std::size_t size, std::size_t* length);
napi_status napi_create_int64(napi_env, std::int64_t, napi_value* result);
napi_status napi_create_string_latin1(napi_env, const char* text, std::size_t length, napi_value* result);
napi_status napi_create_array(napi_env, napi_value* result);
napi_status napi_set_element(napi_env, napi_value array, std::uint32_t index, napi_value);
napi_status napi_create_external_arraybuffer(napi_env, void* data, std::size_t bytes, napi_finalize, void* hint,
                                             napi_value* result);
napi_status napi_create_function(napi_env, const char* name, std::size_t length, napi_callback, void* data,
                                 napi_value* result);
napi_status napi_set_named_property(napi_env, napi_value object, const char* name, napi_value);
napi_status napi_throw_error(napi_env, const char* code, const char* message);

}  // extern "C"
