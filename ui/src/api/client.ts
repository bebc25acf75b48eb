/** GET requests to the JSON API. */

/** A request that failed, in words for the page. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly url: string,
    /** The wrong term of `q`, if it was that. */
    readonly term: string,
  ) {
    super(message);
  }
}

export type Params = Record<string, string | number | undefined>;

/** The address of an API call; blank parameters are left out. */
export function url(path: string, params: Params = {}): string {
  const out = new URLSearchParams();
  for (const [key, value] of Object.entries(params))
    if (value !== undefined && value !== '') out.set(key, String(value));
  const query = out.toString();
  return '/api/v1' + path + (query ? '?' + query : '');
}

/** Reads one answer; throws ApiError, or an abort when `signal` fires. */
export async function get<T>(address: string, signal?: AbortSignal): Promise<T> {
  let response: Response;
  try {
    response = await fetch(address, { signal, headers: { accept: 'application/json' } });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiError('The server does not answer. Is hoofprint serve still running?', 0, address, '');
  }
  let body: unknown;
  try {
    body = await response.json();
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiError(`The answer is not JSON (status ${response.status}).`, response.status, address, '');
  }
  if (!response.ok) {
    const error = (body as { error?: { message?: string; term?: string } } | null)?.error;
    throw new ApiError(
      error?.message ?? `The server answered ${response.status}.`,
      response.status,
      address,
      error?.term ?? '',
    );
  }
  return body as T;
}
