/** SIP, the trunk, and what its far ends may do. */
import { parseNameServers, parseTrunk } from './forms.ts';
import { hostPort, inForm, notes, text, toggle, whole } from './kinds.ts';

export const sipSettings = {
  sip: hostPort('127.0.0.1:5060').prefault('127.0.0.1:5060').register(notes, {
    placeholder: 'HOST:PORT',
    help: 'SIP over UDP and TCP; port 0 takes a free one',
  }),
  publicAddress: text.optional().register(notes, {
    placeholder: 'HOST',
    help: 'what Contact, Via and SDP tell the far end (NAT, cloud, containers)',
    fallback: 'the bound address',
  }),
  trunk: inForm(
    'a SIP URI such as sip:203.0.113.7:5060;transport=udp (transport: udp, tcp or tls)',
    parseTrunk,
  )
    .optional()
    .register(notes, {
      placeholder: 'URI',
      help: 'default route; without one every number rings a sandbox phone',
    }),
  trunkUser: text.optional().register(notes, { placeholder: 'NAME', help: 'digest user name for the trunk' }),
  trunkPassword: text.optional().register(notes, {
    placeholder: 'SECRET',
    help: 'digest password for the trunk (better in the environment or the file than in a flag)',
    secret: true,
  }),
  trunkAssertIdentity: toggle.default(true).register(notes, {
    help: 'name the display number in P-Asserted-Identity (RFC 3325)',
  }),
  trunkPrivacy: toggle.default(false).register(notes, {
    help: 'ask the trunk to keep the display number from the callee (Privacy: id, anonymous From)',
  }),
  nameServers: inForm(
    'addresses of name servers, separated by commas, such as 10.0.0.53,10.0.1.53:5353',
    parseNameServers,
  )
    .optional()
    .register(notes, {
      placeholder: 'ADDRESSES',
      help: 'name servers that are asked for trunks (SRV and addresses)',
      fallback: "the system's",
    }),
  sipTlsAuthorities: text.optional().register(notes, {
    placeholder: 'FILE',
    help: 'PEM certificates of those who vouch for trunks over TLS, in place of the usual ones',
    fallback: "Node's",
  }),
  followRedirects: toggle.default(true).register(notes, { help: 'follow 3xx answers to an INVITE' }),
  sessionExpires: whole(90, 86_400).prefault('1800').register(notes, {
    placeholder: 'SECONDS',
    help: 'session timer offered in every INVITE (RFC 4028)',
  }),
  sipLogLegs: whole(0, 1_000_000).prefault('1000').register(notes, {
    placeholder: 'N',
    help: 'of how many legs, the latest ones, the SIP messages are kept in memory to be looked at (some 20 kB each)',
  }),
  strangerRate: whole(1, 1_000_000).prefault('100').register(notes, {
    placeholder: 'N',
    help: 'SIP messages a second read from an address we have not called; from all such together 20 times that',
  }),
};
