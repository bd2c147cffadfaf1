import { LRUCache } from 'lru-cache';
import type { EffectivePolicy } from '../../model/policy.ts';
import { ok, problem, type Result } from '../../model/result.ts';
import { completePolicy, readSettings } from '../../policy/policy-layer.ts';
import { compileSelection, type Explanation, type Selector } from '../../versioning/select.ts';
import type { Question } from './question.ts';

/** A policy that was read and compiled once. */
export interface Compiled {
  readonly policy: EffectivePolicy;
  readonly selector: Selector;
}

/** How many distinct policies are kept compiled. */
const kept = 256;
/** How often a repository would be looked at; nothing is looked at here. */
const interval = 300_000;

/** Answers questions by the rules that the controller has; each distinct policy is compiled once. */
export class Trial {
  readonly #placeOf: (key: string) => string;
  readonly #now: number;
  readonly #compiled = new LRUCache<string, Result<Compiled>>({ max: kept });

  /**
   * @param placeOf where a setting was written, for messages: `--policy`
   * @param now milliseconds since 1970; a tag from the future is not believed
   */
  constructor(placeOf: (key: string) => string, now: number) {
    this.#placeOf = placeOf;
    this.#now = now;
  }

  /** The policy that settings amount to; `InvalidPolicy` where they cannot be understood. */
  compile(settings: Question['settings']): Result<Compiled> {
    const key = JSON.stringify(settings);
    const known = this.#compiled.get(key);
    if (known) return known;
    const compiled = compile(settings, this.#placeOf);
    this.#compiled.set(key, compiled);
    return compiled;
  }

  /** The choice, and the reason of every tag. */
  answer({ current, tags, times, settings }: Question): Result<Explanation> {
    const compiled = this.compile(settings);
    if (!compiled.ok) return compiled;
    return ok(compiled.value.selector.explain({ current, tags, times, now: this.#now }));
  }
}

function compile(settings: Question['settings'], placeOf: (key: string) => string): Result<Compiled> {
  const layer = readSettings(settings, placeOf);
  if (!layer.ok) return layer;
  const policy = completePolicy(layer.value, interval);
  const selector = compileSelection(policy);
  if (selector.ok) return ok({ policy, selector: selector.value });
  const { reason, message } = selector.problem;
  return problem(reason, `${policy.text}: ${message}`);
}
