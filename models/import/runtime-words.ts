// What ONNX Runtime says of a network that it cannot run -> a few words for one line.

const LONGEST = 240;

const OPERATORS: readonly RegExp[] = [
  /No Op registered for (?<operator>\S+) with domain_version of (?<opset>\d+)/,
  /Fatal error: (?<operator>\S+)\(-?\d+\) is not a registered function/,
  /Could not find an implementation for (?<operator>\w+)\((?<opset>\d+)\)/,
];

/** @returns for example `operator com.us:Foo, which ONNX Runtime does not have` */
export function runtimeWords(message: string): string {
  for (const pattern of OPERATORS) {
    const { operator, opset } = message.match(pattern)?.groups ?? {};
    if (operator === undefined) continue;
    const version = opset === undefined ? '' : ` of opset ${opset}`;
    return `operator ${operator.replace(/^:/, '')}${version}, which ONNX Runtime does not have`;
  }
  const newest = message.match(/official support for domain (\S+) is till opset (\d+)/);
  if (newest) return `an opset newer than ${newest[2]}, the newest that ONNX Runtime knows`;
  const words = message
    .replace(/\s+/g, ' ')
    // Where in its sources; which of its own functions.
    .replace(/\/\S+\.(cc|h|hpp|cpp):\d+ [^)]*\) ?/g, '')
    .replace(/^(Load model (from \S+ )?failed: ?)/, '')
    .replace(/^(This is an invalid model\. ?)/, '')
    .replace(/\[ONNXRuntimeError\] : \d+ : \w+ : /g, '')
    .replace(/^Error: ?/, '')
    .trim();
  return words.length > LONGEST ? `${words.slice(0, LONGEST)}...` : words;
}
