import { isDigest } from '../model/image-reference.ts';
import { textAt } from '../model/json.ts';
import type { Platform } from '../model/observation.ts';
import { namedPlatform } from '../model/platform.ts';
import { failure } from './errors.ts';
import { refusalOf } from './fault.ts';
import { mediaTypeOf } from './http-exchange.ts';
import { parseJsonBody } from './json-body.ts';
import { digestBytes } from './manifest-document.ts';
import type { RepositorySession } from './session.ts';

/** What the configuration of an image says, which is the publisher's word. */
export interface ImageConfig {
  readonly platform: Platform | undefined;
  /** ISO 8601. */
  readonly created: string | undefined;
}

const largestConfig = 8 * 1024 * 1024;
const unknown: ImageConfig = { platform: undefined, created: undefined };

/**
 * Reads the configuration of an image by its digest, against which it is verified. A registry that does not have it
 * leaves everything unknown. Often the blob is behind a redirect, which is followed without credentials.
 */
export async function readImageConfig(session: RepositorySession, digest: string): Promise<ImageConfig> {
  if (!isDigest(digest)) return unknown;
  const answer = await session.read({
    method: 'GET',
    path: `blobs/${digest}`,
    accept: '*/*',
    limit: largestConfig,
    operation: 'get_config',
  });
  if (answer.status === 404) return unknown;
  if (answer.status !== 200) {
    const { status, body } = answer;
    throw refusalOf(
      { status, body, contentType: mediaTypeOf(answer), retryAfter: undefined },
      session.subject,
    );
  }
  if (digestBytes(answer.body, digest) !== digest) {
    throw failure(
      'DigestMismatch',
      session.subject,
      'the configuration of the image is not what its digest names',
    );
  }
  return understand(answer.body);
}

function understand(body: Buffer): ImageConfig {
  const document = parseJsonBody(body);
  const [os, architecture, variant] = ['os', 'architecture', 'variant'].map((key) => textAt(document, key));
  const created = textAt(document, 'created');
  if (os === undefined || architecture === undefined) return { platform: undefined, created };
  const platform = namedPlatform(os, architecture, variant);
  return { platform: platform === 'illegible' ? undefined : platform, created };
}
