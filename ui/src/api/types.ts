/** The JSON contract of docs/api.md. Times are Unix ms, durations ns. */

export interface Identity {
  slot: number;
  mark: 'solid' | 'hollow' | 'split';
}

export interface Client {
  service: string;
  lang: string;
  lang_version: string;
  tracer_version: string;
  pid: number;
  via: string;
  last_seen: number;
}

export interface Status {
  version: string;
  now: number;
  first_run: boolean;
  intake: {
    addresses: string[];
    agents: number;
    spans_per_second: number;
    spans: number;
    dropped: number;
    refused: number;
    asked: number;
    integrations: string[] | null;
    clients: Client[] | null;
  };
  storage: {
    bytes: number;
    limit_bytes: number;
    spans: number;
    oldest: number;
    retention_ns: number;
    days: { day: number; bytes: number; spans: number }[] | null;
  };
}

export interface Envs {
  envs: { name: string; spans: number }[] | null;
}

export interface Deployment {
  time: number;
  service: string;
  version: string;
}

export interface TrackData {
  from: number;
  to: number;
  step: number;
  requests: number[];
  errors: number[];
  deployments: Deployment[] | null;
}

export interface Latencies {
  p50: number;
  p95: number;
  p99: number;
}

export interface Service extends Latencies {
  name: string;
  identity: Identity | null;
  framework: string;
  type: string;
  requests: number;
  errors: number;
  rate: number;
  apdex: number;
  request_buckets: number[];
  error_buckets: number[];
  version: string;
  version_since: number;
  last_seen: number;
}

export interface Inferred extends Latencies {
  name: string;
  kind: string;
  requests: number;
  errors: number;
  rate: number;
}

export interface Services {
  from: number;
  to: number;
  step: number;
  services: Service[] | null;
  inferred: Inferred[] | null;
}

export interface ResourceRow extends Latencies {
  name: string;
  operation: string;
  requests: number;
  errors: number;
  rate: number;
  duration: number;
  request_buckets: number[];
  error_buckets: number[];
}

export interface ServiceDetail {
  service: Service;
  resources: ResourceRow[] | null;
}

export interface ListedSpan {
  trace_id: string;
  span_id: string;
  parent_id: string;
  start: number;
  duration: number;
  service: string;
  name: string;
  resource: string;
  type: string;
  error: boolean;
  error_type: string;
  host: string;
  env: string;
  version: string;
  identity: Identity | null;
  cols?: Record<string, string> | null;
}

export interface SpanList {
  spans: ListedSpan[] | null;
  total: number;
  errors: number;
  took_ms: number;
}

export interface ListedTrace {
  trace_id: string;
  start: number;
  duration: number;
  spans: number;
  errors: number;
  error_type: string;
  services: { name: string; identity: Identity | null }[];
  root: { service: string; name: string; resource: string; span_id: string; identity: Identity | null };
}

export interface TraceList {
  traces: ListedTrace[] | null;
  total: number;
  total_is_bound?: boolean;
  took_ms: number;
}

export interface Heat {
  from: number;
  to: number;
  step: number;
  /** rows + 1 bounds, ascending. */
  durations: number[];
  /** [column][row]. */
  spans: number[][];
  errors: number[][];
}

export interface FacetValue {
  value: string;
  spans: number;
  errors?: number;
  min?: number;
  max?: number;
}

export interface Facet {
  key: string;
  distinct: number;
  numeric: boolean;
  values: FacetValue[] | null;
}

export interface Facets {
  facets: Facet[] | null;
}

export interface Keys {
  keys: { key: string; spans: number; numeric: boolean }[] | null;
}

export interface Values {
  values: { value: string; spans: number }[] | null;
}

export interface DifferenceRow {
  key: string;
  value: string;
  selected: number;
  others: number;
}

export interface Difference {
  selected: number;
  others: number;
  rows: DifferenceRow[] | null;
  same_keys: number;
}

export interface SpanEvent {
  name: string;
  time?: number;
  time_unix_nano?: number;
  attributes?: Record<string, unknown>;
}

export interface TraceSpan {
  span_id: string;
  parent_id: string;
  /** ns since the start of the trace. */
  offset: number;
  duration: number;
  own: number;
  service: string;
  identity: Identity | null;
  inferred: boolean;
  name: string;
  resource: string;
  type: string;
  kind: string;
  error: boolean;
  unfinished: boolean;
  tags?: Record<string, string> | null;
  metrics?: Record<string, number> | null;
  links?: unknown[] | null;
  events?: SpanEvent[] | null;
}

export interface Trace {
  trace_id: string;
  start: number;
  duration: number;
  services: { name: string; identity: Identity | null }[] | null;
  missing_parents: number;
  /** All spans; more than are sent when the trace is very large. */
  span_count?: number;
  spans: TraceSpan[];
}

export interface SpanDetail extends TraceSpan {
  past?: (Latencies & { spans: number }) | null;
}

/** Whether a service can go to ddtrace 4: safe, not for long enough, in use, not watched. */
export type MigrationState = 'safe' | 'watching' | 'uses' | 'off';

export interface MigratingService {
  service: string;
  identity: Identity | null;
  state: MigrationState;
  /** Places within the days that v4 breaks, and those that it warns of. */
  blocking: number;
  later: number;
  bridge: { since: number; last: number; processes: number } | null;
  envs: string[];
  versions: string[];
  lang_version: string;
  last_use: number;
}

/** One place of one program that uses what v4 removed. */
export interface Use {
  service: string;
  env: string;
  version: string;
  change: string;
  name: string;
  file: string;
  line: number;
  function: string;
  count: number;
  first: number;
  last: number;
  what: string;
  why: string;
  instead: string;
  blocking: boolean;
  recent: boolean;
}

export interface Uses {
  days: number;
  services: MigratingService[];
  uses: Use[];
  more: number;
}
