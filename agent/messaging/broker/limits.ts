// What a broker says of itself when it accepts -> what it allows. Pure.

/** What a broker allows on a connection; one of MQTT 3.1.1 cannot say. A key that is not there is no limit. */
export interface BrokerLimits {
  /** Messages of QoS 1 that may be on their way at once. */
  readonly receiveMaximum?: number;
  readonly maximumPacketBytes?: number;
  /** 2, which the agent does not use, is no limit. */
  readonly maximumQos?: 0 | 1;
  readonly retainAvailable?: false;
  /** Filters with + and #. */
  readonly wildcardsAvailable?: false;
  readonly keepAliveSeconds?: number;
  /** In place of the client id that was given. */
  readonly clientId?: string;
}

/** Properties of a CONNACK, as MQTT 5 names them. */
export interface ConnackProperties {
  readonly receiveMaximum?: number;
  readonly maximumPacketSize?: number;
  readonly maximumQoS?: number;
  readonly retainAvailable?: boolean | number;
  readonly wildcardSubscriptionAvailable?: boolean | number;
  readonly serverKeepAlive?: number;
  readonly assignedClientIdentifier?: string;
}

export function limitsOf(properties: ConnackProperties = {}): BrokerLimits {
  const { receiveMaximum, maximumPacketSize, maximumQoS, serverKeepAlive } = properties;
  const { assignedClientIdentifier: clientId } = properties;
  return {
    // 0 of either would be no limit but an end; MQTT does not allow it.
    ...(receiveMaximum && { receiveMaximum }),
    ...(maximumPacketSize && { maximumPacketBytes: maximumPacketSize }),
    ...((maximumQoS === 0 || maximumQoS === 1) && { maximumQos: maximumQoS }),
    ...(isDenied(properties.retainAvailable) && { retainAvailable: false }),
    ...(isDenied(properties.wildcardSubscriptionAvailable) && { wildcardsAvailable: false }),
    ...(serverKeepAlive !== undefined && { keepAliveSeconds: serverKeepAlive }),
    ...(clientId !== undefined && { clientId }),
  };
}

function isDenied(available: boolean | number | undefined): boolean {
  return available === false || available === 0;
}
