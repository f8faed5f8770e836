import type { Multipart, MultipartFile, MultipartValue } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import type { VoiceFileUpload } from '../../accounts/voice-file-administration.ts';
import { LARGEST_SOURCE } from '../../accounts/voice-file.ts';
import { VoiceFileRefusal } from '../../accounts/voice-file-refusal.ts';
import { AdminRefusal } from './errors.ts';

/** Octets of one field that is not the file. */
const LONGEST_FIELD = 4096;

/** Above what a form may have, so that what is too much is named, and below what would cost anything. */
const limits = { fileSize: LARGEST_SOURCE, files: 2, fields: 8, parts: 10, fieldSize: LONGEST_FIELD };

const invalid = (message: string): AdminRefusal =>
  new AdminRefusal(
    400,
    'invalid-request',
    message,
    'Send multipart/form-data with file, name, and if you like description and approve.',
  );

/**
 * Reads the form of an upload; its parts may come in any order.
 * @throws {AdminRefusal} 400 and {VoiceFileRefusal} when the file is too large
 */
export async function readUpload(request: FastifyRequest): Promise<VoiceFileUpload> {
  if (!request.isMultipart()) throw invalid('The request is not a form with a file.');
  const { fields, source } = await readParts(request);
  const name = fields.get('name');
  if (source === undefined) throw invalid('The form has no file.');
  if (name === undefined) throw invalid('The form has no name.');
  return { name, description: fields.get('description'), source, approve: approvalOf(fields.get('approve')) };
}

async function readParts(
  request: FastifyRequest,
): Promise<{ readonly fields: ReadonlyMap<string, string>; readonly source: Uint8Array | undefined }> {
  const fields = new Map<string, string>();
  let source: Uint8Array | undefined;
  try {
    for await (const part of request.parts({ limits, throwFileSizeLimit: false } as object)) {
      if (fields.has(part.fieldname) || (isFile(part) && source !== undefined))
        throw invalid('The form has a part twice.');
      if (isFile(part)) source = await readFile(part);
      else fields.set(part.fieldname, textOf(part));
    }
  } catch (error) {
    if (error instanceof AdminRefusal || error instanceof VoiceFileRefusal) throw error;
    // The parser of forms names some of its errors with a status; the others are of its grammar.
    if (error instanceof Error && 'statusCode' in error) throw error;
    throw invalid('The form cannot be read: it is cut off or has no boundary.');
  }
  return { fields, source };
}

const isFile = (part: Multipart): part is MultipartFile => part.type === 'file';

async function readFile(part: MultipartFile): Promise<Uint8Array> {
  const source = await part.toBuffer();
  if (part.fieldname !== 'file') throw invalid('The file of the form is not called file.');
  if (!part.file.truncated) return source;
  throw new VoiceFileRefusal('too-large', 'larger than 6 MB', 'a file of at most 6 MB');
}

function textOf({ fieldname, value, valueTruncated }: MultipartValue): string {
  if (!['name', 'description', 'approve'].includes(fieldname) || typeof value !== 'string' || valueTruncated)
    throw invalid('The form has a field that is unknown or too long.');
  return value;
}

function approvalOf(text: string | undefined): boolean {
  if (text === undefined || text === 'false') return false;
  if (text === 'true') return true;
  throw invalid('approve is true or false.');
}
