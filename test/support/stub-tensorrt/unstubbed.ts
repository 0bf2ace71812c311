// TensorRT's public headers -> C++ in which each interface that a stub derives from ends the program where it is called.

const INTERFACES = [
  ...['VHostMemory', 'VTimingCache', 'VBuilderConfig', 'VLayer', 'VNetworkDefinition'],
  ...['VBuilder', 'VExecutionContext', 'VCudaEngine', 'VRuntime'],
].map((name) => ({ name, qualified: `nvinfer1::apiv::${name}`, header: 'NvInferImpl.h' }));
const OF_THE_PARSER = ['IParserError', 'IParser'].map((name) => ({
  name,
  qualified: `nvonnxparser::${name}`,
  header: 'NvOnnxParser.h',
}));
/** Both namespaces have one. */
const AMBIGUOUS = /^ErrorCode /;

/** @param header the text of a header, by its name */
export function unstubbed(header: (name: string) => string): string {
  const classes = [...INTERFACES, ...OF_THE_PARSER].map(({ name, qualified, header: file }) => {
    const text = header(file).replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    const [, body] = text.match(new RegExp(`class ${name}\\b[^{;]*\\{([\\s\\S]*?)\\n\\};`)) ?? [];
    if (body === undefined) throw new Error(`expected class ${name} in ${file}, received none`);
    const methods = [...body.matchAll(/virtual\s+([^;{]*?)\s*=\s*0;/g)].map(([, found]) => {
      const signature = found!.replace(AMBIGUOUS, 'nvonnxparser::$&');
      return `  ${signature} override { missing("${name}: ${signature.match(/(\w+)\(/)?.[1]}"); }`;
    });
    return `template <> struct Unstubbed<${qualified}> : ${qualified} {\n${methods.join('\n')}\n};`;
  });
  const isNoexcept = /getNbErrors\(\) const noexcept/.test(header('NvOnnxParser.h'));
  return `#pragma once
#include <cstdio>
#include <cstdlib>
#define NOEXCEPT_PARSER ${isNoexcept ? 'noexcept' : ''}
[[noreturn]] inline void missing(const char* what) {
  std::fprintf(stderr, "the stub of TensorRT lacks %s\\n", what);
  std::abort();
}
template <typename Interface> struct Unstubbed;
namespace nvonnxparser {}
namespace nvinfer1 {}
using namespace nvinfer1;
using namespace nvonnxparser;
${classes.join('\n')}
`;
}
