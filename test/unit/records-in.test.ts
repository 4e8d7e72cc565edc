import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { recordsIn } from '../../cli/records-in.ts'

/** Reads an input that comes in these chunks: its records, and its bad lines by their number. */
async function read(...chunks: (string | Buffer)[]) {
  const [records, bad]: [unknown[], [number, string][]] = [[], []]
  const input = Readable.from(chunks.map((one) => Buffer.from(one)))
  for await (const record of recordsIn(input, (line, text) => bad.push([line, text]))) records.push(record)
  return { records, bad }
}

async function all(...chunks: (string | Buffer)[]): Promise<unknown[]> {
  const { records, bad } = await read(...chunks)
  expect(bad).toEqual([])
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
    ["a list of CloudTrail's form", '[{"Records":[{"a":1},{"a":2}]},{"a":3}]', [{ a: 1 }, { a: 2 }, { a: 3 }]],
    ["a list of CloudTrail's form, on many lines", '[\n{"Records":[\n{"a":1}]}]', [{ a: 1 }]],
    ['a byte order mark before JSON', '\uFEFF{"a":1}', [{ a: 1 }]],
    ['a byte order mark before JSON lines', '\uFEFF{"a":1}\r\n{"a":2}\r\n', [{ a: 1 }, { a: 2 }]],
    ['a byte order mark before many lines', '\uFEFF{\n"a":1\n}', [{ a: 1 }]],
    ['a byte order mark inside a text', '{"a":"\uFEFF"}', [{ a: '\uFEFF' }]],
    ['a byte order mark and nothing else', '\uFEFF', []],
    ['empty lines within one value', '\n{\n\n"a":1\n\n}\n\n', [{ a: 1 }]],
    ['an array', '[{"a":1},null,2]', [{ a: 1 }, null, 2]],
    ['an array over many lines', '[\n{"a":1},\n{"a":2}\n]', [{ a: 1 }, { a: 2 }]],
    ['scalars', 'null\n"x"\n7', [null, 'x', 7]],
    ['Records that are no list', '{"Records":{"a":1}}', [{ Records: { a: 1 } }]],
    ['nothing', '', []],
    ['only empty lines', '\n \n', []],
  ])('%s', async (_, text, records) => expect(await all(text)).toEqual(records))

  test('It makes no difference where the input is cut into chunks.', async () => {
    const text = Buffer.from('\uFEFF{"a":"é🚪"}\n{"Records":[{"b":"ü"}]}\n')
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

  test.each([
    ['in the middle', '{"a":1}\nnonsense\n\n{"a":2}\n{"a":', [{ a: 1 }, { a: 2 }], [2, 5]],
    ['at the beginning', '\n{"a":\n\n{"a":1}\n{"a":2}\n', [{ a: 1 }, { a: 2 }], [2]],
    ['of many lines each', '{"a":1}\n{\n"a":2\n}\n{"a":3}', [{ a: 1 }, { a: 3 }], [2, 3, 4]],
  ])(
    'Of JSON lines with bad ones %s all good ones are read, and the bad ones told of.',
    async (_, text, records, at) => {
      const said = await read(text)
      expect(said.records).toEqual(records)
      expect(said.bad).toEqual(at.map((line) => [line, text.split('\n')[line - 1]]))
    },
  )

  test.each(['nonsense', '{"a":1', '{\n"a":[\n1,\n2', '[\n{"a":1},\n{"a":2},'])(
    'What is neither one value nor lines of them is an error: %j.',
    (text) => expect(read(text)).rejects.toThrow(SyntaxError),
  )
})
