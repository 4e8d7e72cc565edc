/** Parts of Slack's blocks that are right as they are, for tests to make wrong. */

export const plain = (text = 'text') => ({ type: 'plain_text', text })
export const mrkdwn = (text = 'text') => ({ type: 'mrkdwn', text })
export const long = (length: number) => 'a'.repeat(length)
export const section = (more: object = {}) => ({ type: 'section', text: mrkdwn(), ...more })
export const button = (more: object = {}) => ({ type: 'button', action_id: 'go', text: plain('Go'), ...more })
export const actions = (...elements: object[]) => ({ type: 'actions', elements })
export const option = (value: string, more: object = {}) => ({ text: plain(value), value, ...more })
export const menu = (more: object = {}) => ({
  type: 'static_select',
  action_id: 'pick',
  placeholder: plain('Pick'),
  options: [option('one'), option('two')],
  ...more,
})
export const textInput = (more: object = {}) => ({ type: 'plain_text_input', action_id: 'say', ...more })
export const input = (element: object = textInput(), more: object = {}) => ({
  type: 'input',
  block_id: 'field',
  label: plain('Label'),
  element,
  ...more,
})
export const radio = (more: object = {}) => ({
  type: 'radio_buttons',
  action_id: 'r',
  options: [option('one')],
  ...more,
})
