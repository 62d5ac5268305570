/**
 * Which addresses a stranger may have this server ask: those of the public internet, none of this machine or its network.
 * Source: IANA's registries of special addresses, as in ipaddr.js; OWASP cheat sheet on server-side request forgery.
 * Deviation: none.
 */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Public by its number, and yet the host's own: Azure answers its machines there. */
const HOSTS_OWN = '168.63.129.16';

/** @param address as the system writes it; anything else is not public */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false;
  // An IPv4 address in the clothes of IPv6 is judged as what it is.
  const parsed = ipaddr.process(address);
  // All that is not special: neither private, nor of the link (where clouds keep their keys), nor a tunnel to either.
  return parsed.range() === 'unicast' && parsed.toString() !== HOSTS_OWN;
}
