/**
 * What the RFCs themselves say of their messages, apart from what we chose among it. A section's "should", "would" and
 * "appropriate" are all allowed; where it leaves a choice between roles, a user agent's is meant, which is no registrar.
 */

export interface Verdict {
  /** Of RFC 4475 or RFC 5118. */
  readonly section: string;
  /** Whether a parser must read it; `either` where the RFC allows to be liberal, or to be strict. */
  readonly parser: 'reads' | 'refuses' | 'either';
  /** Statuses that an answer may have; `none`: no answer. Of a valid request: any but one that says it is malformed. */
  readonly answers: readonly (number | 'none')[] | 'not malformed';
}

const valid = (section: string): Verdict => ({ section, parser: 'reads', answers: 'not malformed' });
const says = (
  section: string,
  parser: Verdict['parser'],
  ...answers: readonly (number | 'none')[]
): Verdict => ({ section, parser, answers });

export const verdicts: Readonly<Record<'rfc4475' | 'rfc5118', Readonly<Record<string, Verdict>>>> = {
  rfc4475: {
    wsinv: valid('3.1.1.1'),
    intmeth: valid('3.1.1.2'),
    esc01: valid('3.1.1.3'),
    escnull: valid('3.1.1.4'),
    esc02: valid('3.1.1.5'),
    lwsdisp: valid('3.1.1.6'),
    longreq: valid('3.1.1.7'),
    dblreq: valid('3.1.1.8'),
    semiuri: valid('3.1.1.9'),
    transports: valid('3.1.1.10'),
    mpart01: valid('3.1.1.11'),
    unreason: says('3.1.1.12', 'reads', 'none'),
    noreason: says('3.1.1.13', 'reads', 'none'),
    badinv01: says('3.1.2.1', 'refuses', 400),
    clerr: says('3.1.2.2', 'refuses', 400),
    ncl: says('3.1.2.3', 'refuses', 400),
    scalar02: says('3.1.2.4', 'refuses', 400),
    scalarlg: says('3.1.2.5', 'refuses', 'none'),
    quotbal: says('3.1.2.6', 'either', 400),
    ltgtruri: says('3.1.2.7', 'either', 400),
    lwsruri: says('3.1.2.8', 'either', 400),
    lwsstart: says('3.1.2.9', 'either', 400),
    trws: says('3.1.2.10', 'either', 400),
    escruri: says('3.1.2.11', 'either', 400),
    // "An element shouldn't do that unless the contents of the Date header field were actually important".
    baddate: valid('3.1.2.12'),
    regbadct: says('3.1.2.13', 'either', 400),
    badaspec: says('3.1.2.14', 'either', 400),
    baddn: says('3.1.2.15', 'either', 400),
    badvers: says('3.1.2.16', 'refuses', 505),
    mismatch01: says('3.1.2.17', 'either', 400),
    mismatch02: says('3.1.2.18', 'either', 501, 400),
    bigcode: says('3.1.2.19', 'refuses', 'none'),
    // "could reject … or it could fall back": then it is an OPTIONS like any.
    badbranch: says('3.2.1', 'either', 400, 200, 403),
    // "must not break … Ideally, it will respond with a 400".
    insuf: says('3.3.1', 'either', 400, 'none'),
    unkscm: says('3.3.2', 'reads', 416),
    novelsc: says('3.3.3', 'reads', 416, 404),
    // 400 is a registrar's; who is none refuses the method (3.3.7).
    unksm2: says('3.3.4', 'reads', 400, 405),
    bext01: says('3.3.5', 'reads', 420),
    invut: says('3.3.6', 'reads', 415, 403),
    regaut01: says('3.3.7', 'reads', 405, 401),
    multi01: says('3.3.8', 'either', 400),
    mcl01: says('3.3.9', 'either', 400),
    bcast: says('3.3.10', 'reads', 'none'),
    zeromf: valid('3.3.11'),
    // "should succeed" is said of a registrar.
    cparam01: says('3.3.12', 'reads', 405),
    cparam02: says('3.3.13', 'reads', 405),
    regescrt: says('3.3.14', 'reads', 405),
    // "could respond with a 406 … also appropriate to respond with a 400": of one that takes it up.
    sdp01: says('3.3.15', 'reads', 406, 400, 403),
    // "should be accepted by … elements that want to maintain backwards compatibility": we do not, and read it all the same.
    inv2543: says('3.4.1', 'reads', 180, 200, 400, 403),
    // In the archive, and nowhere in the text: a request line without version, a header without colon, no Via.
    test: says('A', 'refuses', 400, 'none'),
  },
  rfc5118: {
    'ipv6-good': valid('4.1'),
    'ipv6-bad': says('4.2', 'refuses', 400),
    'port-ambiguous': valid('4.3'),
    'port-unambiguous': valid('4.4'),
    'via-received-param-with-delim': valid('4.5'),
    'via-received-param-no-delim': valid('4.5'),
    'ipv6-in-sdp': valid('4.6'),
    'mult-ip-in-header': valid('4.7'),
    'mult-ip-in-sdp': valid('4.8'),
    'ipv4-mapped-ipv6': valid('4.9'),
    'ipv6-bug-abnf-3-colons': valid('4.10'),
    'ipv6-correct-abnf-2-colons': valid('4.10'),
  },
};

/** Whether the RFC allows this answer; a status that says the request is malformed is none to a valid one. */
export function allows({ answers }: Verdict, status: number | 'none'): boolean {
  if (answers === 'not malformed') return status !== 'none' && status !== 400 && status !== 505;
  return answers.includes(status);
}
