// Streams + ways to misbehave -> an ONVIF device of the tests' own, on loopback: SOAP over HTTP with logins that are
// really checked, WS-Discovery over real multicast. No camera was here to compare it with; WSDiscovery of PyPI finds it.

import { createHash, randomUUID } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CameraLogin, type LoginRules } from './camera-login.js';

export interface OnvifStream {
  readonly token: string;
  readonly name: string;
  readonly codec: string;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  /** As the device gives it. */
  readonly uri: string;
  readonly source?: string;
}

export interface OnvifDeviceOptions {
  readonly address?: string;
  readonly streams?: readonly OnvifStream[];
  readonly make?: string;
  readonly model?: string;
  /** By WS-Security (UsernameToken), as its own clock has the time. */
  readonly login?: { readonly user: string; readonly password: string };
  /** By HTTP instead. */
  readonly httpLogin?: LoginRules;
  /** How far its clock is ahead. */
  readonly clockAheadMs?: number;
  /** Has Media2 alone beside the device service, as newer ones may. */
  readonly media2?: boolean;
  /** Addresses in its answer to the call; default its own service. */
  readonly answersWith?: string;
  /** What becomes of an answer: other text, or what is written in its place. */
  readonly answer?: (operation: string, usual: string) => string | ((response: ServerResponse) => void);
  /** Datagrams beside its answer to the call. */
  readonly datagrams?: readonly Buffer[];
}

export const STREAMS: readonly OnvifStream[] = [
  {
    token: 'main',
    name: 'MainStream',
    codec: 'H265',
    width: 2688,
    height: 1520,
    fps: 20,
    uri: 'rtsp://HOST:554/main',
  },
  {
    token: 'sub',
    name: 'SubStream',
    codec: 'H264',
    width: 640,
    height: 360,
    fps: 10,
    uri: 'rtsp://HOST:554/sub',
  },
];

const DISCOVERY = { port: 3702, group: '239.255.255.250' };
/** By which a login may be off the device's clock; it says so to nobody. */
const CLOCK_TOLERANCE_MS = 60_000;

export class OnvifDevice {
  /** Operations in their order, `GetProfiles`. */
  readonly asked: string[] = [];
  /** All that was sent to it. */
  received = '';
  /** Logins by WS-Security. */
  right = 0;
  wrong = 0;
  readonly httpLogin: CameraLogin | undefined;
  readonly #options: OnvifDeviceOptions;
  readonly #server: Server;
  readonly #nonces = new Set<string>();
  #calls: Socket | undefined;
  #answers: Socket | undefined;

  private constructor(options: OnvifDeviceOptions) {
    this.#options = options;
    this.httpLogin = options.httpLogin && new CameraLogin(options.httpLogin);
    this.#server = createServer((request, response) => void this.#onRequest(request, response));
  }

  static async start(options: OnvifDeviceOptions = {}): Promise<OnvifDevice> {
    const device = new OnvifDevice(options);
    device.#server.listen(0, device.address);
    await once(device.#server, 'listening');
    return device;
  }

  get address(): string {
    return this.#options.address ?? '127.0.0.1';
  }

  get service(): string {
    return `http://${this.host}/onvif/device_service`;
  }

  /** For `--host`. */
  get host(): string {
    return `${this.address}:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Answers calls from now on. */
  async listen(): Promise<void> {
    this.#calls = createSocket({ type: 'udp4', reuseAddr: true }).bind(DISCOVERY.port);
    this.#answers = createSocket('udp4').bind(0, this.address);
    await Promise.all([once(this.#calls, 'listening'), once(this.#answers, 'listening')]);
    this.#calls.addMembership(DISCOVERY.group, '127.0.0.1');
    this.#calls.on('message', (message, { port, address }) => {
      const id = /MessageID[^>]*>([^<]*)</.exec(String(message))?.[1] ?? '';
      if (!String(message).includes('NetworkVideoTransmitter')) return;
      for (const datagram of [...(this.#options.datagrams ?? []), Buffer.from(this.#probeMatch(id))])
        this.#answers!.send(datagram, port, address);
    });
  }

  async close(): Promise<void> {
    this.#calls?.close();
    this.#answers?.close();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    this.received += `${JSON.stringify(request.headers)}\n${body}\n`;
    const operation = /<s:Body[^>]*>\s*<(?:\w+:)?(\w+)/.exec(body)?.[1] ?? '';
    this.asked.push(operation);
    // By the table of ONVIF Core, 5.9.4.3: before the login.
    const isOpen = ['GetSystemDateAndTime', 'GetServices', 'GetCapabilities'].includes(operation);
    const challenges = isOpen ? undefined : this.httpLogin?.refuse('POST', request.headers.authorization);
    if (challenges !== undefined) {
      response.writeHead(401, { 'WWW-Authenticate': challenges }).end();
      return;
    }
    const isRefused = !isOpen && this.#options.login !== undefined && !this.#isLoggedIn(body);
    const usual = isRefused ? NOT_AUTHORIZED : envelope(this.#answerTo(operation, body));
    const answer = this.#options.answer?.(operation, usual) ?? usual;
    if (typeof answer === 'function') return answer(response);
    response.writeHead(isRefused ? 400 : 200, { 'Content-Type': 'application/soap+xml' }).end(answer);
  }

  /** OASIS UsernameToken Profile 1.0: base64(SHA-1(nonce + created + password)). */
  #isLoggedIn(body: string): boolean {
    const { user, password } = this.#options.login!;
    const part = (name: string) =>
      decoded(new RegExp(`<${name}[^>]*>([^<]*)</${name}>`).exec(body)?.[1] ?? '');
    if (!body.includes('<UsernameToken>')) return false;
    const [nonce, created] = [part('Nonce'), part('Created')];
    const digest = createHash('sha1')
      .update(
        Buffer.concat([Buffer.from(nonce, 'base64'), Buffer.from(created), Buffer.from(password, 'utf8')]),
      )
      .digest('base64');
    const offMs = Math.abs(Date.parse(created) - Date.now() - (this.#options.clockAheadMs ?? 0));
    const isRight =
      part('Username') === user &&
      part('Password') === digest &&
      offMs < CLOCK_TOLERANCE_MS &&
      !this.#nonces.has(nonce);
    this.#nonces.add(nonce);
    if (isRight) this.right++;
    else this.wrong++;
    return isRight;
  }

  #answerTo(operation: string, body: string): string {
    const { make = 'Acme', model = 'Eye 2', streams = STREAMS, media2 } = this.#options;
    const media = media2 ? 'ver20/media' : 'ver10/media';
    const path = media2 ? 'media2_service' : 'media_service';
    switch (operation) {
      case 'GetSystemDateAndTime':
        return dateAndTime(new Date(Date.now() + (this.#options.clockAheadMs ?? 0)));
      case 'GetDeviceInformation':
        return `<tds:GetDeviceInformationResponse><tds:Manufacturer>${make}</tds:Manufacturer><tds:Model>${model}</tds:Model><tds:FirmwareVersion>5.7.1</tds:FirmwareVersion><tds:SerialNumber>1</tds:SerialNumber><tds:HardwareId>1</tds:HardwareId></tds:GetDeviceInformationResponse>`;
      case 'GetServices':
        return `<tds:GetServicesResponse>${service('ver10/device', this.service)}${service(media, `http://${this.host}/onvif/${path}`)}</tds:GetServicesResponse>`;
      case 'GetProfiles':
        return `<trt:GetProfilesResponse>${streams.map(media2 ? profile2 : profile1).join('')}</trt:GetProfilesResponse>`;
      case 'GetStreamUri': {
        const token = /ProfileToken>([^<]*)</.exec(body)?.[1];
        const uri = (streams.find((stream) => stream.token === token)?.uri ?? '').replace(
          'HOST',
          this.address,
        );
        const element = `<tt:Uri>${uri.replaceAll('&', '&amp;')}</tt:Uri>`;
        return `<trt:GetStreamUriResponse>${media2 ? element : `<trt:MediaUri>${element}</trt:MediaUri>`}</trt:GetStreamUriResponse>`;
      }
      default:
        return '<s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>ter:ActionNotSupported</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang="en">Optional action not implemented</s:Text></s:Reason></s:Fault>';
    }
  }

  #probeMatch(relatesTo: string): string {
    const header =
      `<a:MessageID>urn:uuid:${randomUUID()}</a:MessageID><a:RelatesTo>${relatesTo}</a:RelatesTo>` +
      '<a:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:To>' +
      '<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/ProbeMatches</a:Action>' +
      '<d:AppSequence InstanceId="1" MessageNumber="1"/>';
    const scopes = 'onvif://www.onvif.org/name/Front%20door onvif://www.onvif.org/hardware/Eye2';
    return (
      `<s:Envelope ${NAMESPACES}><s:Header>${header}</s:Header><s:Body><d:ProbeMatches><d:ProbeMatch>` +
      `<a:EndpointReference><a:Address>urn:uuid:${this.address}</a:Address></a:EndpointReference>` +
      `<d:Types>dn:NetworkVideoTransmitter</d:Types><d:Scopes>${scopes}</d:Scopes>` +
      `<d:XAddrs>${this.#options.answersWith ?? this.service}</d:XAddrs><d:MetadataVersion>1</d:MetadataVersion>` +
      '</d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>'
    );
  }
}

const NAMESPACES = [
  'xmlns:s="http://www.w3.org/2003/05/soap-envelope"',
  'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"',
  'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"',
  'xmlns:dn="http://www.onvif.org/ver10/network/wsdl"',
  'xmlns:tt="http://www.onvif.org/ver10/schema"',
  'xmlns:tds="http://www.onvif.org/ver10/device/wsdl"',
  'xmlns:trt="http://www.onvif.org/ver10/media/wsdl"',
  'xmlns:ter="http://www.onvif.org/ver10/error"',
].join(' ');

export function envelope(body: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><s:Envelope ${NAMESPACES}><s:Body>${body}</s:Body></s:Envelope>`;
}

const NOT_AUTHORIZED = envelope(
  '<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:NotAuthorized</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang="en">The action requested requires authorization and the sender is not authorized</s:Text></s:Reason></s:Fault>',
);

function dateAndTime(now: Date): string {
  const time = `<tt:Time><tt:Hour>${now.getUTCHours()}</tt:Hour><tt:Minute>${now.getUTCMinutes()}</tt:Minute><tt:Second>${now.getUTCSeconds()}</tt:Second></tt:Time>`;
  const date = `<tt:Date><tt:Year>${now.getUTCFullYear()}</tt:Year><tt:Month>${now.getUTCMonth() + 1}</tt:Month><tt:Day>${now.getUTCDate()}</tt:Day></tt:Date>`;
  return `<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>Manual</tt:DateTimeType><tt:DaylightSavings>false</tt:DaylightSavings><tt:UTCDateTime>${time}${date}</tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>`;
}

function service(namespace: string, address: string): string {
  return `<tds:Service><tds:Namespace>http://www.onvif.org/${namespace}/wsdl</tds:Namespace><tds:XAddr>${address}</tds:XAddr><tds:Version><tt:Major>2</tt:Major><tt:Minor>60</tt:Minor></tds:Version></tds:Service>`;
}

function encoder({ codec, width, height, fps }: OnvifStream): string {
  return `<tt:Encoding>${codec}</tt:Encoding><tt:Resolution><tt:Width>${width}</tt:Width><tt:Height>${height}</tt:Height></tt:Resolution><tt:RateControl><tt:FrameRateLimit>${fps}</tt:FrameRateLimit><tt:BitrateLimit>4096</tt:BitrateLimit></tt:RateControl>`;
}

function profile1(stream: OnvifStream): string {
  const { token, name, source = 'lens' } = stream;
  return `<trt:Profiles token="${token}" fixed="true"><tt:Name>${name}</tt:Name><tt:VideoSourceConfiguration token="vs"><tt:SourceToken>${source}</tt:SourceToken></tt:VideoSourceConfiguration><tt:VideoEncoderConfiguration token="ve">${encoder(stream)}</tt:VideoEncoderConfiguration></trt:Profiles>`;
}

function profile2(stream: OnvifStream): string {
  const { token, name, source = 'lens' } = stream;
  return `<tr2:Profiles xmlns:tr2="http://www.onvif.org/ver20/media/wsdl" token="${token}" fixed="true"><tr2:Name>${name}</tr2:Name><tr2:Configurations><tr2:VideoSource token="vs"><tt:SourceToken>${source}</tt:SourceToken></tr2:VideoSource><tr2:VideoEncoder token="ve">${encoder(stream)}</tr2:VideoEncoder></tr2:Configurations></tr2:Profiles>`;
}

function decoded(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
}
