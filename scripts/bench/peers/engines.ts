// A prepared network, interpreters, threads -> the rows of a comparison: which program runs which file.

import { packageFile } from '#common/package.js';
import type { Prepared } from './prepared.js';
import type { OpenJob, Precision } from './protocol.js';
import { PEER, type Python, pythonWith } from './pythons.js';

export interface EngineRow {
  readonly title: string;
  readonly precision: Precision;
  readonly isOurs: boolean;
  /** What ratios are of: OpenCV's DNN module from the first interpreter. */
  readonly isReference: boolean;
  readonly command: readonly string[];
  readonly job: OpenJob;
}

export interface Absent {
  readonly title: string;
  readonly because: string;
}

export const OURS = [process.execPath, packageFile('dist/scripts/bench/peers/ours.js')];

/** ONNX Runtime does not use AMX for convolutions of bytes; most machines beside a camera have none. */
const NO_AMX = 'ONEDNN_MAX_CPU_ISA=AVX512_CORE_VNNI';
const HOW =
  'pip install -r scripts/bench/peers/requirements.txt into an environment of its own, then --python';

export function engineRows(
  prepared: Prepared,
  pythons: readonly Python[],
  engines: readonly string[],
  threads: number,
  flags: ReadonlySet<string>,
): { rows: EngineRow[]; absent: Absent[] } {
  const { description, files, outputs, pixels } = prepared;
  const rows: EngineRow[] = [];
  const absent: Absent[] = [];
  const size = [description.input.width, description.input.height] as const;
  const add = (
    engine: string,
    title: string,
    precision: Precision,
    from: Readonly<Record<string, string>>,
    by: { readonly python?: Python; readonly isReference?: boolean; readonly set?: string } = {},
  ) =>
    rows.push({
      title,
      precision,
      isOurs: by.python === undefined,
      isReference: by.isReference ?? false,
      command: by.python ? [...(by.set ? ['env', by.set] : []), by.python.path, PEER] : OURS,
      job: { engine, precision, threads, files: from, size, pixels, outputs },
    });

  add('ours', 'cspcam', 'fp32', { onnx: files.fast! });
  add('ours', 'cspcam', 'int8', { onnx: files.int8! });
  if (files.int8Amx) add('ours', 'cspcam, for AMX', 'int8', { onnx: files.int8Amx });
  for (const engine of engines) {
    add(engine, `cspcam, engine ${engine}`, 'fp32', { onnx: files.fast! });
    add(engine, `cspcam, engine ${engine}`, 'default', { onnx: files.fast! });
    add(engine, `cspcam, engine ${engine}`, 'int8', { onnx: files.int8! });
  }
  if (engines.length === 0)
    absent.push({ title: 'cspcam, engine openvino', because: 'not found: cspcam engines build openvino' });

  const versions = new Set<string>();
  for (const python of pythons) {
    const version = python.versions['opencv'];
    if (version === undefined || versions.has(version)) continue;
    const isReference = versions.size === 0;
    versions.add(version);
    add('opencv', `OpenCV ${version}`, 'fp32', { onnx: files.plain! }, { python, isReference });
    const darknet = { cfg: files.cfg!, weights: files.weights! };
    add('opencv', `OpenCV ${version}, Darknet files`, 'fp32', darknet, { python });
  }
  if (versions.size === 0) absent.push({ title: 'OpenCV', because: `not found: apt install python3-opencv` });

  const found = (name: string) => {
    const python = pythonWith(pythons, name);
    if (!python) absent.push({ title: name, because: `not found: ${HOW}` });
    return python;
  };
  const onnxruntime = found('onnxruntime');
  if (onnxruntime) {
    const title = `ONNX Runtime ${onnxruntime.versions['onnxruntime']}`;
    const by = { python: onnxruntime };
    add('onnxruntime', `${title}, plain ONNX`, 'fp32', { onnx: files.plain! }, by);
    add('onnxruntime', `${title}, int8 of cspcam`, 'int8', { onnx: files.int8! }, by);
  }
  const openvino = found('openvino');
  if (openvino) {
    const title = `OpenVINO ${openvino.versions['openvino']}`;
    const by = { python: openvino };
    add('openvino', title, 'fp32', { openvino: files.plain! }, by);
    add('openvino', `${title}, its default`, 'default', { openvino: files.plain! }, by);
    add('openvino', `${title}, int8 of cspcam`, 'int8', { openvino: files.int8! }, by);
    const nncf = `${title}, own int8 (NNCF)`;
    if (files.openvinoInt8) {
      const model = { openvino: files.openvinoInt8 };
      add('openvino', nncf, 'int8', model, by);
      if (flags.has('amx_int8'))
        add('openvino', `${title}, own int8, no AMX`, 'int8', model, { ...by, set: NO_AMX });
    } else absent.push({ title: nncf, because: `no such model: ${HOW}` });
  }
  const ncnn = found('ncnn');
  if (ncnn) {
    const title = `ncnn ${ncnn.versions['ncnn']}`;
    if (files.ncnnParam && files.ncnnBin) {
      const model = { param: files.ncnnParam, bin: files.ncnnBin };
      add('ncnn', title, 'fp32', model, { python: ncnn });
      add('ncnn', `${title}, its default`, 'default', model, { python: ncnn });
    } else absent.push({ title, because: 'pnnx is missing or could not convert the network' });
    absent.push({
      title: `${title}, int8`,
      because: 'its quantizer (ncnn2int8) is not part of the PyPI package',
    });
  }
  return { rows, absent };
}
