import { createHmac } from 'node:crypto'
import fc from 'fast-check'

/** Requests that nobody should send, each with the reason that has to be recorded of it. */

export interface Hostile {
  readonly what: string
  /** Which function has to say why it was refused, and what. */
  readonly by: 'answer-slack' | 'prove-address' | 'operators-api'
  readonly why: string
  readonly method: 'GET' | 'POST'
  /** Below the API's address. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body: string | Buffer
}

/** What there is for them to abuse. */
export interface Prey {
  readonly secret: string
  readonly team: string
  /** The box of alice, which is open, and a link of hers that is good. */
  readonly box: string
  readonly link: string
  /** A request of Slack's that has done its work. */
  readonly done: { readonly headers: Readonly<Record<string, string>>; readonly body: string }
  /** The deployment, as links mean it. */
  readonly place: string
}

export const FORM = 'application/x-www-form-urlencoded'
export const now = () => Math.floor(Date.now() / 1_000)
export const signatureOf = (body: string | Buffer, at: string | number, secret: string): string =>
  createHmac('sha256', secret).update(`v0:${at}:`).update(body).digest('hex')

export const word = fc.string({ minLength: 1, maxLength: 40 })
export const ulid = fc.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/)
/** Names that mean something to JavaScript's objects. */
export const evil = fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'then')

export const toSlack = (
  what: string,
  why: string,
  headers: Hostile['headers'],
  body: string | Buffer,
  by: Hostile['by'] = 'answer-slack',
): Hostile => ({ what, why, by, method: 'POST', path: '/slack', headers: { 'content-type': FORM, ...headers }, body })
