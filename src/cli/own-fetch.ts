import { readFileSync } from 'node:fs';

/**
 * The `fetch` that reaches a server whose certificate is the file `certificate`: of this machine, found by admin.json, so
 * that neither the name in the certificate nor who signed it matters. Without one, the usual `fetch`.
 */
export async function ownFetch(certificate: string | undefined): Promise<typeof fetch> {
  if (certificate === undefined) return fetch;
  // Loaded only where it is needed: most commands start faster without it.
  const undici = await import('undici');
  const dispatcher = new undici.Agent({
    connect: {
      ca: readFileSync(certificate),
      checkServerIdentity: () => undefined,
      // One that an authority signed stands for itself here.
      allowPartialTrustChain: true,
    },
  });
  const own = (url: string, init: RequestInit): Promise<unknown> => {
    const { body } = init;
    const sent = body instanceof FormData ? copyOf(body, new undici.FormData()) : body;
    return undici.fetch(url, { ...init, body: sent, dispatcher } as never);
  };
  return own as typeof fetch;
}

/** It knows only forms of its own. */
function copyOf<Form extends { append(name: string, value: never): void }>(form: FormData, copy: Form): Form {
  for (const [name, value] of form) copy.append(name, value as never);
  return copy;
}
