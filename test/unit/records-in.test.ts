import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { recordsIn } from '../../cli/records-in.ts'

async function all(...chunks: (string | Buffer)[]): Promise<unknown[]> {
  const records: unknown[] = []
  for await (const record of recordsIn(Readable.from(chunks.map((one) => Buffer.from(one))))) records.push(record)
  return records
}

describe('The records of an input', () => {
  test.each([
    ['one JSON value', '{"a":1}', [{ a: 1 }]],
    ['one over many lines', '{\n  "a": [\n    1\n  ]\n}\n', [{ a: [1] }]],
    ['JSON lines', '{"a":1}\n{"a":2}\n{"a":3}\n', [{ a: 1 }, { a: 2 }, { a: 3 }]],
    ['JSON lines with empty ones, and CRLF', '{"a":1}\r\n\r\n{"a":2}', [{ a: 1 }, { a: 2 }]],
    ["CloudTrail's form", '{"Records":[{"a":1},{"a":2}]}', [{ a: 1 }, { a: 2 }]],
    ["CloudTrail's form over many lines", '{\n"Records": [\n{"a":1},\n{"a":2}]}', [{ a: 1 }, { a: 2 }]],
    ["CloudTrail's form, line by line", '{"Records":[{"a":1}]}\n{"Records":[]}\n{"a":2}', [{ a: 1 }, { a: 2 }]],
    ['an array', '[{"a":1},null,2]', [{ a: 1 }, null, 2]],
    ['an array over many lines', '[\n{"a":1},\n{"a":2}\n]', [{ a: 1 }, { a: 2 }]],
    ['scalars', 'null\n"x"\n7', [null, 'x', 7]],
    ['Records that are no list', '{"Records":{"a":1}}', [{ Records: { a: 1 } }]],
    ['nothing', '', []],
    ['only empty lines', '\n \n', []],
  ])('%s', async (_, text, records) => expect(await all(text)).toEqual(records))

  test('It makes no difference where the input is cut into chunks.', async () => {
    const text = Buffer.from('{"a":"é🚪"}\n{"Records":[{"b":"ü"}]}\n')
    for (let at = 1; at < text.length; at++)
      expect(await all(text.subarray(0, at), text.subarray(at))).toEqual([{ a: 'é🚪' }, { b: 'ü' }])
  })

  test.each(['\u2028', '\u2029', '\u0085'])(
    'A line ends at a line feed alone: %j in a text is part of the text.',
    async (character) => {
      expect(await all(`{"userAgent":"a${character}b"}\n{"a":2}\n`)).toEqual([
        { userAgent: `a${character}b` },
        { a: 2 },
      ])
    },
  )

  test('Before a line that is no JSON everything is read; then there is an error.', async () => {
    const seen: unknown[] = []
    const reading = async () => {
      for await (const record of recordsIn(Readable.from(['{"a":1}\nnonsense\n{"a":2}']))) seen.push(record)
    }
    await expect(reading()).rejects.toThrow(SyntaxError)
    expect(seen).toEqual([{ a: 1 }])
    await expect(all('nonsense')).rejects.toThrow(SyntaxError)
    await expect(all('{"a":1')).rejects.toThrow(SyntaxError)
  })
})
