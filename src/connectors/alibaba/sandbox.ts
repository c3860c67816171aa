/** A help desk that speaks as Alibaba Cloud's Ticket System does, 2021-06-10: strict, and as odd as its samples. */
import { openLimit } from '#connectors/sandbox/limit.ts'
import type { Sandbox, SandboxAnswer, SandboxRequest } from '#connectors/sandbox/sandbox.ts'
import { actions, type Refusal, writingActions } from './sandbox-actions.ts'
import { openFileShelf } from './sandbox-files.ts'
import { gatewayFailure, openGate, requestId } from './sandbox-gate.ts'

const version = '2021-06-10'
const uid = '1936753500000001'
const permanent = { id: 'LTAIsandbox0000000000001', secret: 'alibabaSandboxSecret0000000001' }
/** Temporary keys only work with their token. */
export const temporaryKeys = {
  accessKeyId: 'STS.sandbox00000000000002',
  accessKeySecret: 'alibabaSandboxSecret0000000002',
  securityToken: 'alibabaSandboxToken0000000002',
}

/** May read, and is refused everything else. */
export const readingKeys = {
  accessKeyId: 'LTAIsandbox0000000000003',
  accessKeySecret: 'alibabaSandboxSecret0000000003',
}

export const alibabaSandbox: Sandbox = {
  vendor: 'alibaba',
  hosts: ['api'],
  open(desk, { origins, rateLimit }) {
    const origin = origins.api ?? ''
    const host = new URL(origin).host
    const files = openFileShelf(origin, desk.nextId)
    const limit = openLimit(rateLimit)
    const gate = openGate(
      new Map([
        [permanent.id, { secret: permanent.secret, securityToken: null }],
        [readingKeys.accessKeyId, { secret: readingKeys.accessKeySecret, securityToken: null }],
        [
          temporaryKeys.accessKeyId,
          { secret: temporaryKeys.accessKeySecret, securityToken: temporaryKeys.securityToken },
        ],
      ]),
      host,
    )

    function act(request: SandboxRequest): SandboxAnswer {
      const { headers, query } = request
      const failure = (status: number, code: string, message: string) => gatewayFailure({ status, code, message, host })
      const refused = gate(request)
      if (refused) return refused
      if (limit() !== null) return failure(400, 'Throttling.User', 'Request was denied due to user flow control.')
      const action = headers['x-acs-action'] ?? ''
      if (headers['x-acs-version'] !== version)
        return failure(400, 'InvalidVersion', 'Specified parameter Version is not valid.')
      const perform = Object.hasOwn(actions, action) ? actions[action] : undefined
      if (!perform)
        return failure(404, 'InvalidAction.NotFound', 'Specified api is not found, please check your url and method.')
      const isForm = /^application\/x-www-form-urlencoded\b/i.test(headers['content-type'] ?? '')
      const form = new URLSearchParams(isForm ? request.body.toString('utf8') : '')
      const owner = form.get('Uid') ?? query.get('Uid')
      if (owner && owner !== uid) return refusal({ refused: notYours })
      const isReader = headers.authorization?.includes(`Credential=${readingKeys.accessKeyId},`)
      if (isReader && writingActions.has(action)) return refusal({ refused: notYours })
      const result = perform({ desk, files, account: uid, query, form })
      if ('refused' in result) return refusal(result)
      // Put together as text, since dialog ids are numbers no JS number can hold.
      const { Code, json, more = {} } = result
      const envelope = JSON.stringify({ Code, Message: 'success', RequestId: requestId(), Success: true, ...more })
      return answer(200, json === undefined ? envelope : `${envelope.slice(0, -1)},"Data":${json}}`)
    }

    return {
      settings: {
        endpoint: origin,
        accessKeyId: permanent.id,
        accessKeySecret: permanent.secret,
        uid,
        // The sandbox is on this machine: nothing is gained by going slowly.
        rateLimit: { calls: 10_000, windowMs: 1000 },
        threadChecksPerRound: 1000,
        categoryId: '7161',
        timeoutMs: 5000,
        writeSettlesAfterMs: 1000,
      },
      isWrite: ({ headers }) => writingActions.has(headers['x-acs-action'] ?? ''),
      handle(_host, request) {
        if (/^\/(files|uploads)\//.test(request.path)) return files.handle(request)
        if (request.path !== '/' || request.method !== 'POST') {
          const message = 'This http method is not supported.'
          return gatewayFailure({ status: 405, code: 'UnsupportedHTTPMethod', message, host })
        }
        return act(request)
      },
    }
  },
}

const notYours = { status: 401, code: 'illegal.auth', message: 'You are not authorized to perform the operation.' }

/** Business failures with a status of their own have the documented text as `Code`; those with 200 have a number. */
function refusal({ refused: { status, code, message } }: Refusal): SandboxAnswer {
  return answer(status, JSON.stringify({ Code: code, Message: message, RequestId: requestId(), Success: false }))
}

function answer(status: number, json: string): SandboxAnswer {
  return { status, headers: { 'content-type': 'application/json;charset=utf-8' }, body: json }
}
