// What GStreamer 1.22 says -> failure class and one line.

import { expect, test } from 'vitest';
import { busFailure, failureError, launchFailure } from '../../../pipelines/failure.js';

const rtsp = (line: number, detail: string) =>
  `../gst/rtsp/gstrtspsrc.c(${line}): gst_rtspsrc_send (): /GstPipeline:pipeline0/GstRTSPSrc:rtspsrc0:\n${detail}`;
const file = (line: number, detail: string) =>
  `../plugins/elements/gstfilesrc.c(${line}): gst_file_src_start (): /GstPipeline:pipeline0/GstFileSrc:filesrc0:\n${detail}`;
const stopped = (reason: string) =>
  '../libs/gst/base/gstbasesrc.c(3132): gst_base_src_loop (): /GstPipeline:pipeline0/GstFileSrc:filesrc0:\n' +
  `streaming stopped, reason ${reason}`;

test.each([
  ['Unauthorized', rtsp(6899, 'Unauthorized (401)'), 'unauthorized', 'Unauthorized (401)'],
  ['Unhandled error', rtsp(6899, 'Forbidden (403)'), 'unauthorized', 'Unhandled error: Forbidden (403)'],
  ['Not found', rtsp(6895, 'Not Found (404)'), 'not-found', 'Not Found (404)'],
  [
    'Unhandled error',
    rtsp(6907, 'Service Unavailable (503)'),
    'unreachable',
    'Unhandled error: Service Unavailable (503)',
  ],
  [
    'Could not open resource for reading and writing.',
    rtsp(8336, 'Failed to connect. (Generic error)'),
    'unreachable',
    'Could not open resource for reading and writing: Failed to connect. (Generic error)',
  ],
  [
    'Could not read from resource.',
    rtsp(5948, 'Could not receive message. (Timeout while waiting for server response)'),
    'unreachable',
    'Could not read from resource: Could not receive message. (Timeout while waiting for server response)',
  ],
  [
    'Could not write to resource.',
    rtsp(6683, 'Could not send message. (Received end-of-file)'),
    'unreachable',
    'Could not write to resource: Could not send message. (Received end-of-file)',
  ],
  [
    'Resource not found.',
    file(553, 'No such file "/none.mp4"'),
    'not-found',
    'Resource not found: No such file "/none.mp4"',
  ],
  [
    "Cannot identify device '/dev/video9'.",
    '../sys/v4l2/v4l2_calls.c(608): gst_v4l2_open (): /GstPipeline:pipeline0/GstV4l2Src:v4l2src0:\nsystem error: No such file or directory',
    'not-found',
    "Cannot identify device '/dev/video9': system error: No such file or directory",
  ],
  [
    'Could not read from resource.',
    '../sys/v4l2/gstv4l2bufferpool.c(1040): gst_v4l2_buffer_pool_poll (): /GstPipeline:pipeline0/GstV4l2Src:v4l2src0:\npoll error 1: No such device (19)',
    'device-gone',
    'Could not read from resource: poll error 1: No such device (19)',
  ],
  [
    "Could not open device '/dev/video9' for reading and writing.",
    '../sys/v4l2/v4l2_calls.c(635): gst_v4l2_open (): /GstPipeline:pipeline0/GstV4l2Src:v4l2src0:\nsystem error: No such device',
    'device-gone',
    "Could not open device '/dev/video9' for reading and writing: system error: No such device",
  ],
  [
    'Internal data stream error.',
    stopped('error (-5)').replace('GstFileSrc:filesrc0', 'GstV4l2Src:v4l2src0'),
    'device-gone',
    'Internal data stream error: streaming stopped, reason error (-5)',
  ],
  ['"/root" is a directory.', file(572, ''), 'decode', '"/root" is a directory'],
  [
    'Could not read from resource.',
    file(379, 'system error: Input/output error'),
    'decode',
    'Could not read from resource: system error: Input/output error',
  ],
  [
    'Could not decode stream.',
    file(404, 'No valid frames in /videos/404.mp4'),
    'decode',
    'Could not decode stream: No valid frames in /videos/404.mp4',
  ],
  [
    'Could not demultiplex stream.',
    rtsp(401, 'no (known) streams'),
    'decode',
    'Could not demultiplex stream: no (known) streams',
  ],
  ['Internal data stream error.', stopped('not-linked (-1)'), 'decode', 'a stream without video'],
  [
    'Internal data stream error.',
    stopped('not-negotiated (-4)'),
    'decode',
    'pictures larger than maxPictureSize allows, or whose size or format cannot be taken',
  ],
  [
    'Internal data stream error.',
    stopped('not-negotiated (-4)').replace('GstFileSrc:filesrc0', 'GstV4l2Src:v4l2src0'),
    'decode',
    'a size, rate or format that the device does not have, or pictures larger than maxPictureSize allows',
  ],
  [
    'Internal data stream error.',
    stopped('error (-5)'),
    'decode',
    'Internal data stream error: streaming stopped, reason error (-5)',
  ],
  [
    'Your GStreamer installation is missing a plug-in.',
    '../gst/playback/gstdecodebin2.c(4719): gst_decode_bin_expose (): /GstPipeline:pipeline0/GstDecodeBin:decodebin0:\nno suitable plugins found:\nMissing decoder: H.266',
    'no-element',
    'Your GStreamer installation is missing a plug-in: no suitable plugins found: Missing decoder: H.266',
  ],
  [
    "Stream doesn't contain enough data.",
    "../plugins/elements/gsttypefindelement.c(1012): gst_type_find_element_chain_do_typefinding (): /GstPipeline:pipeline0/GstDecodeBin:decodebin0/GstTypeFindElement:typefind:\nCan't typefind stream",
    'decode',
    'pictures larger than maxPictureSize allows, or whose size or format cannot be taken, or none at all',
  ],
  [
    "Stream doesn't contain enough data.",
    "../plugins/elements/gsttypefindelement.c(1012): gst_type_find_element_chain_do_typefinding (): /GstPipeline:pipeline0/GstParseBin:parsebin0/GstTypeFindElement:typefind:\nCan't typefind stream",
    'decode',
    "Stream doesn't contain enough data: Can't typefind stream",
  ],
  ['Could not open rtsp://joe:secret@cam/s', undefined, 'decode', 'Could not open rtsp://***@cam/s'],
  [undefined, undefined, 'decode', 'unknown error'],
])('%s %s', (message, debug, failure, line) => {
  expect(busFailure({ message, debug })).toEqual({ failure, message: line });
});

test('a long message becomes one short line', () => {
  const { message } = busFailure({ message: 'a\n b\t'.repeat(1000) });
  expect(message.length).toBeLessThanOrEqual(300);
  expect(message).toMatch(/^a b a b /);
});

test.each([
  ['no element "nosuch"', 'no-element'],
  ['no property "x" in element "y"', 'bad-launch'],
  ['syntax error', 'bad-launch'],
  ['could not link videotestsrc0 to capsfilter0', 'bad-launch'],
])('%s', (message, failure) => {
  expect(launchFailure(message)).toEqual({ failure, message });
});

test('the error form, without credentials', () => {
  const error = failureError('rtsp://joe:secret@cam/s', { failure: 'refused', message: 'ECONNREFUSED' });
  expect(error.message).toBe(
    'expected a camera that accepts connections for rtsp://***@cam/s, received ECONNREFUSED',
  );
});
