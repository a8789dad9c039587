"""The types of the protocol: what goes over the wire, as the agent's own schemas have it.

Written by `npm run protocol:generate`; do not edit.
"""

# ruff: noqa
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List, Literal, TypedDict, Union

if TYPE_CHECKING:
    from typing_extensions import NotRequired


Timestamp = int

PathText = str

TreePath = str

SnapshotId = str

SnapshotRef = str

SourceId = str

SnapshotKind = Literal["manual", "automatic", "safety"]

BackupKind = Literal["full", "incremental", "differential", "snapshot"]

WorktreeState = Literal["clean", "dirty", "conflicted", "merging", "rebasing", "cherry-picking", "reverting", "bisecting", "unborn", "plain", "missing", "unreadable"]


class SnapshotSummary(TypedDict):
    id: "SnapshotId"
    source: "SourceId"
    worktree: "PathText"
    kind: "SnapshotKind"
    backup: "BackupKind"
    label: Union[str, None]
    createdAt: "Timestamp"
    branch: Union[str, None]
    head: Union[str, None]
    files: int
    bytes: int
    newBytes: int
    storedBytes: int
    excluded: int
    durationMs: float



class ListedSnapshot(TypedDict):
    id: "SnapshotId"
    source: "SourceId"
    worktree: "PathText"
    kind: "SnapshotKind"
    backup: "BackupKind"
    label: Union[str, None]
    createdAt: "Timestamp"
    branch: Union[str, None]
    head: Union[str, None]
    files: int
    bytes: int
    newBytes: int
    storedBytes: int
    excluded: int
    durationMs: float
    pinned: Union[str, None]
    keptUntil: "Timestamp"



class Exclusion(TypedDict):
    path: "TreePath"
    reason: Literal["regenerable", "too-large", "pattern", "unreadable", "special-file", "nested-worktree", "changing"]
    rule: str
    bytes: Union[int, None]



class SnapshotDetails(TypedDict):
    id: "SnapshotId"
    source: "SourceId"
    worktree: "PathText"
    kind: "SnapshotKind"
    backup: "BackupKind"
    label: Union[str, None]
    createdAt: "Timestamp"
    branch: Union[str, None]
    head: Union[str, None]
    files: int
    bytes: int
    newBytes: int
    storedBytes: int
    excluded: int
    durationMs: float
    pinned: Union[str, None]
    keptUntil: "Timestamp"
    exclusions: List["Exclusion"]
    folders: int
    links: int



class WorktreeInfoChanges(TypedDict):
    staged: int
    unstaged: int
    untracked: int
    conflicted: int



class WorktreeInfoProtectionCurrent(TypedDict):
    kind: Literal["current"]



class WorktreeInfoProtectionPending(TypedDict):
    kind: Literal["pending"]



class WorktreeInfoProtectionCapturing(TypedDict):
    kind: Literal["capturing"]



class WorktreeInfoProtectionFailing(TypedDict):
    kind: Literal["failing"]
    message: str



class WorktreeInfoProtectionNever(TypedDict):
    kind: Literal["never"]



class WorktreeInfoLastSnapshot(TypedDict):
    id: "SnapshotId"
    createdAt: "Timestamp"



class WorktreeInfoJournal(TypedDict):
    lastAt: Union["Timestamp", None]
    seen: Union[Literal["watched", "scanned"], None]
    why: Union[str, None]
    behindMs: float



class WorktreeInfo(TypedDict):
    source: "SourceId"
    path: "PathText"
    name: str
    repository: Union["PathText", None]
    main: bool
    branch: Union[str, None]
    head: Union[str, None]
    state: "WorktreeState"
    changes: Union["WorktreeInfoChanges", None]
    locked: Union[str, None]
    protection: Union["WorktreeInfoProtectionCurrent", "WorktreeInfoProtectionPending", "WorktreeInfoProtectionCapturing", "WorktreeInfoProtectionFailing", "WorktreeInfoProtectionNever"]
    watch: Literal["native", "polling", "off"]
    lastSnapshot: Union["WorktreeInfoLastSnapshot", None]
    snapshots: int
    journal: NotRequired["WorktreeInfoJournal"]



class TreeEntry(TypedDict):
    name: str
    kind: Literal["file", "folder", "link", "nested"]
    size: int
    mode: int
    mtime: float
    target: Union[str, None]



class Change(TypedDict):
    path: "TreePath"
    change: Literal["added", "removed", "modified", "type", "mode"]
    kind: Literal["file", "folder", "link", "nested"]
    oldSize: Union[int, None]
    newSize: Union[int, None]


JournalEntryChangesItem = TypedDict(
    "JournalEntryChangesItem",
    {
        "change": 'Literal["create", "write", "delete", "rename", "mode", "touch", "git"]',
        "path": 'TreePath',
        "from": 'NotRequired[TreePath]',
        "files": 'NotRequired[int]',
    },
)


class JournalEntry(TypedDict):
    id: "SnapshotId"
    sequence: int
    source: "SourceId"
    worktree: "PathText"
    at: "Timestamp"
    branch: Union[str, None]
    head: Union[str, None]
    changes: List["JournalEntryChangesItem"]
    created: int
    written: int
    deleted: int
    renamed: int
    other: int
    seen: Literal["watched", "scanned"]
    why: Union[str, None]
    newBytes: int
    storedBytes: int


Moment = TypedDict(
    "Moment",
    {
        "snapshot": 'SnapshotSummary',
        "from": 'Literal["snapshot", "journal"]',
        "until": 'Union[Timestamp, None]',
    },
)


class PlanStep(TypedDict):
    path: "TreePath"
    action: Literal["create", "overwrite", "delete", "mode"]
    kind: Literal["file", "folder", "link", "nested"]
    bytes: int


RestorePlanGitStateItem = TypedDict(
    "RestorePlanGitStateItem",
    {
        "what": 'str',
        "from": 'Union[str, None]',
        "to": 'Union[str, None]',
    },
)


class RestorePlan(TypedDict):
    id: str
    snapshot: "SnapshotSummary"
    target: "PathText"
    inPlace: bool
    steps: List["PlanStep"]
    creates: int
    overwrites: int
    deletes: int
    unchanged: int
    bytes: int
    gitState: List["RestorePlanGitStateItem"]
    notes: List[str]



class RestoreResult(TypedDict):
    operation: str
    target: "PathText"
    restored: int
    deleted: int
    unchanged: int
    undo: Union["SnapshotId", None]
    verified: bool
    notes: List[str]
    durationMs: float



class Operation(TypedDict):
    id: str
    kind: Literal["restore", "undo"]
    at: "Timestamp"
    snapshot: "SnapshotId"
    target: "PathText"
    undo: Union["SnapshotId", None]
    undone: bool
    restored: int
    deleted: int



class Loss(TypedDict):
    kind: Literal["deleted", "reverted", "folder", "git", "stash"]
    at: "Timestamp"
    worktree: "PathText"
    lost: int
    paths: List[str]
    withGitState: bool



class NoticeActionShowLog(TypedDict):
    kind: Literal["show-log"]



class NoticeActionVerify(TypedDict):
    kind: Literal["verify"]



class NoticeActionDrill(TypedDict):
    kind: Literal["drill"]



class NoticeActionRestore(TypedDict):
    kind: Literal["restore"]
    snapshot: "SnapshotId"



class NoticeActionUndo(TypedDict):
    kind: Literal["undo"]
    operation: str



class NoticeActionRecovery(TypedDict):
    kind: Literal["recovery"]
    recovery: str



class Notice(TypedDict):
    id: str
    severity: Literal["info", "warning", "error"]
    message: str
    source: Union["SourceId", None]
    action: Union[Union["NoticeActionShowLog", "NoticeActionVerify", "NoticeActionDrill", "NoticeActionRestore", "NoticeActionUndo", "NoticeActionRecovery"], None]
    loss: NotRequired["Loss"]
    alerts: NotRequired[List[str]]



class Progress(TypedDict):
    phase: Literal["scanning", "reading", "planning", "saving", "staging", "applying", "verifying", "copying"]
    done: float
    total: Union[float, None]
    unit: Literal["files", "bytes", "snapshots", "packs"]


AbsolutePath = str

PlacePath = str

Passphrase = str


class KeyStatusGuardKeyFile(TypedDict):
    kind: Literal["key-file"]
    path: "PathText"
    exposed: bool



class KeyStatusGuardPassphrase(TypedDict):
    kind: Literal["passphrase"]



class KeyStatus(TypedDict):
    guard: Union["KeyStatusGuardKeyFile", "KeyStatusGuardPassphrase"]
    key: str
    older: int



class ReplicaInfoStateCurrent(TypedDict):
    kind: Literal["current"]



class ReplicaInfoStateBehind(TypedDict):
    kind: Literal["behind"]



class ReplicaInfoStateCopying(TypedDict):
    kind: Literal["copying"]



class ReplicaInfoStateAway(TypedDict):
    kind: Literal["away"]



class ReplicaInfoStateFailing(TypedDict):
    kind: Literal["failing"]
    reason: Literal["path-missing", "path-unreadable", "path-refused", "not-a-directory", "not-protected", "not-a-repository", "disk-full", "permission-denied", "snapshot-unknown", "snapshot-ambiguous", "snapshot-pinned", "entry-missing", "nothing-to-undo", "restore-refused", "restore-failed", "plan-stale", "verification-failed", "store-locked", "store-damaged", "store-closed", "store-exists", "replica-unknown", "replica-refused", "wrong-key", "key-missing", "key-locked", "codec-missing", "pack-damaged", "blob-missing", "source-unknown", "source-taken", "source-refused", "program-absent", "program-gone", "program-failed", "program-invalid", "settings-invalid", "component-unknown", "component-exists", "component-refused", "alert-unknown", "incident-unknown", "emergency-unknown", "channel-unknown", "metric-unknown", "recovery-unknown", "recovery-refused", "agent-unreachable", "agent-draining", "unauthorized", "protocol-error", "invalid-params", "too-large", "busy", "cancelled", "timeout", "git-missing", "git-too-old", "git-failed", "git-timeout", "git-dubious-ownership", "usage", "internal"]
    message: str



class ReplicaInfoHolds(TypedDict):
    packs: int
    bytes: int
    missingPacks: int
    missingBytes: int
    extraPacks: int



class ReplicaInfoVerified(TypedDict):
    at: "Timestamp"
    packs: int
    bytes: int
    damaged: List[str]
    repaired: List[str]



class ReplicaInfo(TypedDict):
    path: "PathText"
    addedAt: "Timestamp"
    state: Union["ReplicaInfoStateCurrent", "ReplicaInfoStateBehind", "ReplicaInfoStateCopying", "ReplicaInfoStateAway", "ReplicaInfoStateFailing"]
    holds: Union["ReplicaInfoHolds", None]
    freeBytes: Union[int, None]
    sameDisk: bool
    syncedAt: Union["Timestamp", None]
    verified: Union["ReplicaInfoVerified", None]



class ComponentInfoOriginSettings(TypedDict):
    kind: Literal["settings"]
    file: "PathText"



class ComponentInfoOriginProgram(TypedDict):
    kind: Literal["program"]
    name: str



class ComponentInfoStateUp(TypedDict):
    kind: Literal["up"]



class ComponentInfoStateDown(TypedDict):
    kind: Literal["down"]
    why: str



class ComponentInfoStateUnknown(TypedDict):
    kind: Literal["unknown"]
    why: str



class ComponentInfoStateStarting(TypedDict):
    kind: Literal["starting"]



class ComponentInfoStateStopping(TypedDict):
    kind: Literal["stopping"]



class ComponentInfoStateStopped(TypedDict):
    kind: Literal["stopped"]
    why: str


ComponentInfoStateWaiting = TypedDict(
    "ComponentInfoStateWaiting",
    {
        "kind": 'Literal["waiting"]',
        "for": 'List[ComponentId]',
    },
)


class ComponentInfoStateBackingOff(TypedDict):
    kind: Literal["backing-off"]
    why: str



class ComponentInfoStateFailed(TypedDict):
    kind: Literal["failed"]
    why: str



class ComponentInfoStateUnapproved(TypedDict):
    kind: Literal["unapproved"]



class ComponentInfoChecks(TypedDict):
    count: int
    errorRate: float
    p50Ms: Union[float, None]
    p95Ms: Union[float, None]
    p99Ms: Union[float, None]
    perSecond: NotRequired[Union[float, None]]



class ComponentInfoUptime(TypedDict):
    upMs: float
    ofMs: float



class ComponentInfo(TypedDict):
    id: "ComponentId"
    title: Union[str, None]
    kind: Literal["process", "http", "tcp", "command", "file", "pid", "heartbeat"]
    spec: "ComponentSpec"
    origin: Union["ComponentInfoOriginSettings", "ComponentInfoOriginProgram"]
    dependsOn: List["ComponentId"]
    state: Union["ComponentInfoStateUp", "ComponentInfoStateDown", "ComponentInfoStateUnknown", "ComponentInfoStateStarting", "ComponentInfoStateStopping", "ComponentInfoStateStopped", "ComponentInfoStateWaiting", "ComponentInfoStateBackingOff", "ComponentInfoStateFailed", "ComponentInfoStateUnapproved"]
    since: "Timestamp"
    checkedAt: Union["Timestamp", None]
    pid: Union[int, None]
    restarts: int
    memoryBytes: NotRequired[Union[float, None]]
    circuit: NotRequired[Literal["closed", "open", "half-open"]]
    checks: "ComponentInfoChecks"
    uptime: NotRequired["ComponentInfoUptime"]


LogLine = TypedDict(
    "LogLine",
    {
        "number": 'int',
        "at": 'Timestamp',
        "from": 'Literal["stdout", "stderr", "agent"]',
        "text": 'str',
    },
)


class SettingsFileRulesItemRule1(TypedDict):
    metric: Literal["machine.cpu", "machine.memory-used", "machine.memory-pressure", "machine.watches-used", "agent.cpu", "agent.memory", "agent.loop-delay", "agent.open-files", "store.size", "store.packs", "journal.records"]
    above: NotRequired[float]
    below: NotRequired[float]
    clear: NotRequired[float]
    forMs: NotRequired[int]
    severity: NotRequired[Literal["info", "warning", "critical"]]
    text: str



class SettingsFileRulesItemRule2(TypedDict):
    metric: Literal["machine.disk-free", "machine.disk-used", "machine.inodes-used", "worktree.journal-behind", "component.up", "component.response-p50", "component.response-p95", "component.response-p99", "component.error-rate", "component.throughput", "component.restarts", "alerts.firing"]
    of: NotRequired[str]
    above: NotRequired[float]
    below: NotRequired[float]
    clear: NotRequired[float]
    forMs: NotRequired[int]
    severity: NotRequired[Literal["info", "warning", "critical"]]
    text: str



class SettingsFileRulesItem(TypedDict):
    name: str
    rule: Union["SettingsFileRulesItemRule1", "SettingsFileRulesItemRule2"]
    of: Union[str, None]



class SettingsFileProblemsItem(TypedDict):
    component: Union[str, None]
    key: str
    message: str
    line: NotRequired[Union[int, None]]
    column: NotRequired[Union[int, None]]



class SettingsFile(TypedDict):
    file: "PathText"
    foreign: bool
    approved: bool
    hash: str
    components: List[str]
    rules: NotRequired[List["SettingsFileRulesItem"]]
    problems: List["SettingsFileProblemsItem"]



class AlertInfoSubject(TypedDict):
    kind: Literal["machine", "agent", "component", "worktree", "repository", "settings"]
    id: str
    name: str



class AlertInfoAcknowledged(TypedDict):
    by: str
    note: str
    at: "Timestamp"
    until: "Timestamp"



class AlertInfo(TypedDict):
    id: str
    fault: str
    title: str
    severity: Literal["info", "warning", "critical"]
    state: Literal["pending", "firing", "resolving", "resolved"]
    unknown: bool
    subject: "AlertInfoSubject"
    message: str
    hint: str
    details: Dict[str, Union[str, float, bool]]
    startsAt: "Timestamp"
    endsAt: Union["Timestamp", None]
    acknowledged: Union["AlertInfoAcknowledged", None]
    silencedBy: Union[str, None]
    inhibitedBy: Union[str, None]
    consequences: NotRequired[List[str]]
    flapping: bool
    recoverable: NotRequired[bool]



class SilenceMatcher(TypedDict):
    label: Literal["fingerprint", "fault", "subject", "group", "severity"]
    value: str



class Silence(TypedDict):
    id: str
    matchers: List["SilenceMatcher"]
    author: str
    reason: str
    createdAt: "Timestamp"
    endsAt: "Timestamp"



class WorktreeHealthChanges(TypedDict):
    staged: int
    unstaged: int
    untracked: int
    conflicted: int



class WorktreeHealthDependenciesItem(TypedDict):
    lock: "PathText"
    state: Literal["in-step", "behind", "perhaps-behind", "not-installed"]
    install: str



class WorktreeHealthDiskRegenerableItem(TypedDict):
    path: "PathText"
    bytes: float



class WorktreeHealthDisk(TypedDict):
    at: "Timestamp"
    bytes: float
    files: int
    regenerableBytes: float
    regenerable: List["WorktreeHealthDiskRegenerableItem"]
    partial: bool



class WorktreeHealth(TypedDict):
    source: "SourceId"
    path: "PathText"
    state: "WorktreeState"
    branch: Union[str, None]
    detached: bool
    locked: bool
    prunable: bool
    commitsNowhereElse: int
    unpushed: Union[int, None]
    unpushedSince: NotRequired[Union["Timestamp", None]]
    changes: NotRequired[Union["WorktreeHealthChanges", None]]
    dependencies: NotRequired[List["WorktreeHealthDependenciesItem"]]
    disk: NotRequired[Union["WorktreeHealthDisk", None]]
    newestAt: Union["Timestamp", None]
    behindMs: float
    excluded: int
    alerts: int



class WorktreeDetails(TypedDict):
    worktree: "WorktreeHealth"
    kinds: List[str]
    alerts: List["AlertInfo"]



class ComponentSuggestion(TypedDict):
    kinds: List[str]
    components: Dict[str, "ComponentSpec"]



class HealthStatusMachineDisksItemInodes(TypedDict):
    used: float
    limit: float



class HealthStatusMachineDisksItem(TypedDict):
    path: "PathText"
    totalBytes: float
    freeBytes: float
    inodes: Union["HealthStatusMachineDisksItemInodes", None]



class HealthStatusMachineWatches(TypedDict):
    used: float
    limit: float



class HealthStatusMachineOpenFiles(TypedDict):
    used: float
    limit: float



class HealthStatusMachine(TypedDict):
    cpu: Union[float, None]
    memoryTotalBytes: Union[float, None]
    memoryAvailableBytes: Union[float, None]
    memoryPressure: Union[float, None]
    disks: List["HealthStatusMachineDisksItem"]
    watches: Union["HealthStatusMachineWatches", None]
    openFiles: Union["HealthStatusMachineOpenFiles", None]



class HealthStatusAgent(TypedDict):
    loopDelayMs: float
    rssBytes: float



class HealthStatus(TypedDict):
    worst: Literal["ok", "info", "warning", "critical"]
    machine: Union["HealthStatusMachine", None]
    agent: Union["HealthStatusAgent", None]
    worktrees: List["WorktreeHealth"]
    components: List["ComponentInfo"]
    settings: List["SettingsFile"]
    alerts: List["AlertInfo"]



class ChannelInfoStateOk(TypedDict):
    kind: Literal["ok"]



class ChannelInfoStateFailing(TypedDict):
    kind: Literal["failing"]
    since: "Timestamp"
    why: str



class ChannelInfo(TypedDict):
    name: str
    kind: Literal["webhook", "alertmanager", "email", "desktop"]
    target: str
    minimumSeverity: Literal["warning", "critical"]
    state: Union["ChannelInfoStateOk", "ChannelInfoStateFailing"]
    waiting: int
    deliveredAt: Union["Timestamp", None]



class UndeliveredMessage(TypedDict):
    channel: str
    at: "Timestamp"
    why: str
    kind: Literal["firing", "reminder", "resolved", "test"]
    toldAt: "Timestamp"
    group: str
    messages: List[str]



class ChannelTest(TypedDict):
    channel: str
    delivered: bool
    why: Union[str, None]
    ms: int


ComponentId = str

ComponentName = str


class ComponentSpecProcessRecoverItem(TypedDict):
    name: "ComponentName"
    title: NotRequired[str]
    command: NotRequired[List[str]]
    method: NotRequired[str]
    undo: NotRequired[List[str]]
    tier: NotRequired[Literal["automatic", "after-snapshot", "approval"]]
    timeoutMs: NotRequired[int]



class ComponentSpecProcess(TypedDict):
    kind: Literal["process"]
    command: List[str]
    cwd: NotRequired[str]
    env: NotRequired[Dict[str, str]]
    autoStart: NotRequired[bool]
    restart: NotRequired[Literal["always", "on-failure", "never"]]
    stopSignal: NotRequired[Literal["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP"]]
    stopTimeoutMs: NotRequired[int]
    startup: NotRequired["ProbeSpec"]
    startupTimeoutMs: NotRequired[int]
    health: NotRequired["ProbeSpec"]
    maxMemoryBytes: NotRequired[int]
    caches: NotRequired[List[str]]
    resources: NotRequired[Dict[str, List[str]]]
    title: NotRequired[str]
    dependsOn: NotRequired[List["ComponentName"]]
    intervalMs: NotRequired[int]
    timeoutMs: NotRequired[int]
    recover: NotRequired[List["ComponentSpecProcessRecoverItem"]]



class ComponentSpecHttpRecoverItem(TypedDict):
    name: "ComponentName"
    title: NotRequired[str]
    command: NotRequired[List[str]]
    method: NotRequired[str]
    undo: NotRequired[List[str]]
    tier: NotRequired[Literal["automatic", "after-snapshot", "approval"]]
    timeoutMs: NotRequired[int]



class ComponentSpecHttp(TypedDict):
    kind: Literal["http"]
    url: str
    status: NotRequired[int]
    contains: NotRequired[str]
    title: NotRequired[str]
    dependsOn: NotRequired[List["ComponentName"]]
    intervalMs: NotRequired[int]
    timeoutMs: NotRequired[int]
    recover: NotRequired[List["ComponentSpecHttpRecoverItem"]]



class ComponentSpecTcpRecoverItem(TypedDict):
    name: "ComponentName"
    title: NotRequired[str]
    command: NotRequired[List[str]]
    method: NotRequired[str]
    undo: NotRequired[List[str]]
    tier: NotRequired[Literal["automatic", "after-snapshot", "approval"]]
    timeoutMs: NotRequired[int]



class ComponentSpecTcp(TypedDict):
    kind: Literal["tcp"]
    host: NotRequired[str]
    port: int
    title: NotRequired[str]
    dependsOn: NotRequired[List["ComponentName"]]
    intervalMs: NotRequired[int]
    timeoutMs: NotRequired[int]
    recover: NotRequired[List["ComponentSpecTcpRecoverItem"]]



class ComponentSpecCommandRecoverItem(TypedDict):
    name: "ComponentName"
    title: NotRequired[str]
    command: NotRequired[List[str]]
    method: NotRequired[str]
    undo: NotRequired[List[str]]
    tier: NotRequired[Literal["automatic", "after-snapshot", "approval"]]
    timeoutMs: NotRequired[int]



class ComponentSpecCommand(TypedDict):
    kind: Literal["command"]
    command: List[str]
    cwd: NotRequired[str]
    env: NotRequired[Dict[str, str]]
    okCodes: NotRequired[List[int]]
    title: NotRequired[str]
    dependsOn: NotRequired[List["ComponentName"]]
    intervalMs: NotRequired[int]
    timeoutMs: NotRequired[int]
    recover: NotRequired[List["ComponentSpecCommandRecoverItem"]]



class ComponentSpecFileRecoverItem(TypedDict):
    name: "ComponentName"
    title: NotRequired[str]
    command: NotRequired[List[str]]
    method: NotRequired[str]
    undo: NotRequired[List[str]]
    tier: NotRequired[Literal["automatic", "after-snapshot", "approval"]]
    timeoutMs: NotRequired[int]



class ComponentSpecFile(TypedDict):
    kind: Literal["file"]
    path: str
    maxAgeMs: NotRequired[int]
    title: NotRequired[str]
    dependsOn: NotRequired[List["ComponentName"]]
    intervalMs: NotRequired[int]
    timeoutMs: NotRequired[int]
    recover: NotRequired[List["ComponentSpecFileRecoverItem"]]



class ComponentSpecPidRecoverItem(TypedDict):
    name: "ComponentName"
    title: NotRequired[str]
    command: NotRequired[List[str]]
    method: NotRequired[str]
    undo: NotRequired[List[str]]
    tier: NotRequired[Literal["automatic", "after-snapshot", "approval"]]
    timeoutMs: NotRequired[int]



class ComponentSpecPid(TypedDict):
    kind: Literal["pid"]
    pid: NotRequired[int]
    pidFile: NotRequired[str]
    title: NotRequired[str]
    dependsOn: NotRequired[List["ComponentName"]]
    intervalMs: NotRequired[int]
    timeoutMs: NotRequired[int]
    recover: NotRequired[List["ComponentSpecPidRecoverItem"]]



class ComponentSpecHeartbeatRecoverItem(TypedDict):
    name: "ComponentName"
    title: NotRequired[str]
    command: NotRequired[List[str]]
    method: NotRequired[str]
    undo: NotRequired[List[str]]
    tier: NotRequired[Literal["automatic", "after-snapshot", "approval"]]
    timeoutMs: NotRequired[int]



class ComponentSpecHeartbeat(TypedDict):
    kind: Literal["heartbeat"]
    everyMs: int
    title: NotRequired[str]
    dependsOn: NotRequired[List["ComponentName"]]
    intervalMs: NotRequired[int]
    timeoutMs: NotRequired[int]
    recover: NotRequired[List["ComponentSpecHeartbeatRecoverItem"]]


ComponentSpec = Union["ComponentSpecProcess", "ComponentSpecHttp", "ComponentSpecTcp", "ComponentSpecCommand", "ComponentSpecFile", "ComponentSpecPid", "ComponentSpecHeartbeat"]


class ProbeSpecHttp(TypedDict):
    kind: Literal["http"]
    url: str
    status: NotRequired[int]
    contains: NotRequired[str]



class ProbeSpecTcp(TypedDict):
    kind: Literal["tcp"]
    host: NotRequired[str]
    port: int



class ProbeSpecCommand(TypedDict):
    kind: Literal["command"]
    command: List[str]
    cwd: NotRequired[str]
    env: NotRequired[Dict[str, str]]
    okCodes: NotRequired[List[int]]



class ProbeSpecFile(TypedDict):
    kind: Literal["file"]
    path: str
    maxAgeMs: NotRequired[int]


ProbeSpec = Union["ProbeSpecHttp", "ProbeSpecTcp", "ProbeSpecCommand", "ProbeSpecFile"]


class AffectedPath(TypedDict):
    source: "SourceId"
    worktree: "PathText"
    root: Literal["files", "git-worktree", "git-common"]
    path: "TreePath"
    what: Literal["file", "folder", "times"]
    snapshots: List["SnapshotId"]
    first: "Timestamp"
    last: "Timestamp"



class VerifyReportErrorsItem(TypedDict):
    what: Literal["pack", "frame", "blob", "tree", "snapshot", "catalog"]
    where: str
    message: str
    snapshots: List["SnapshotId"]



class VerifyReportRepair(TypedDict):
    id: str
    strays: int
    records: int
    packs: List[str]
    missingPacks: List[str]
    closedPacks: List[str]
    rebuildsCatalog: bool
    lost: int
    searched: List["PathText"]



class VerifyReport(TypedDict):
    ok: bool
    snapshots: int
    blobs: int
    bytes: int
    packs: int
    errors: List["VerifyReportErrorsItem"]
    affected: List["AffectedPath"]
    affectedTotal: int
    repair: Union["VerifyReportRepair", None]
    durationMs: float



class RepairResultFromWorktreesItem(TypedDict):
    path: "PathText"
    blobs: int



class RepairResult(TypedDict):
    found: int
    copied: int
    records: int
    quarantined: List["PathText"]
    fromWorktrees: List["RepairResultFromWorktreesItem"]
    fromReplicas: int
    catalogRebuilt: bool
    lost: int
    affected: List["AffectedPath"]
    affectedTotal: int
    closedPacks: List[str]



class DrillReportSourcesItemGitNone(TypedDict):
    kind: Literal["none"]



class DrillReportSourcesItemGitAccepted(TypedDict):
    kind: Literal["accepted"]



class DrillReportSourcesItemGitRejected(TypedDict):
    kind: Literal["rejected"]
    message: str



class DrillReportSourcesItemGitUnproven(TypedDict):
    kind: Literal["unproven"]
    message: str



class DrillReportSourcesItem(TypedDict):
    source: "SourceId"
    worktree: "PathText"
    snapshot: Union["SnapshotId", None]
    createdAt: Union["Timestamp", None]
    ok: bool
    entries: int
    bytes: int
    restoreMs: float
    compareMs: float
    git: Union["DrillReportSourcesItemGitNone", "DrillReportSourcesItemGitAccepted", "DrillReportSourcesItemGitRejected", "DrillReportSourcesItemGitUnproven"]
    problems: List[str]



class DrillReport(TypedDict):
    ok: bool
    at: "Timestamp"
    durationMs: float
    sources: List["DrillReportSourcesItem"]



class IntegrityStructure(TypedDict):
    at: "Timestamp"
    ok: bool
    note: Union[str, None]



class IntegrityMeaning(TypedDict):
    at: "Timestamp"
    ok: bool
    note: Union[str, None]



class IntegrityDamage(TypedDict):
    foundAt: "Timestamp"
    message: str
    files: int
    snapshots: int



class Integrity(TypedDict):
    score: float
    provenBytes: int
    totalBytes: int
    oldestProof: Union["Timestamp", None]
    structure: Union["IntegrityStructure", None]
    meaning: Union["IntegrityMeaning", None]
    damage: Union["IntegrityDamage", None]



class StoreStats(TypedDict):
    path: "PathText"
    packs: int
    packBytes: int
    catalogBytes: int
    blobs: int
    blobBytes: int
    snapshots: int
    protectedBytes: int
    freeBytes: int
    codec: str
    integrity: "Integrity"


SourceName = str

DataKey = str


class DataRecordBytes(TypedDict):
    kind: Literal["bytes"]
    key: "DataKey"
    bytes: str
    more: NotRequired[bool]
    modifiedAt: NotRequired["Timestamp"]



class DataRecordJson(TypedDict):
    kind: Literal["json"]
    key: "DataKey"
    json: Any
    modifiedAt: NotRequired["Timestamp"]


DataRecord = Union["DataRecordBytes", "DataRecordJson"]


class DataSourceFolder(TypedDict):
    kind: Literal["folder"]
    path: "AbsolutePath"



class DataSourceFiles(TypedDict):
    kind: Literal["files"]
    path: "AbsolutePath"
    files: NotRequired[List["TreePath"]]
    freezeMs: NotRequired[int]



class DataSourceRecords(TypedDict):
    kind: Literal["records"]
    restores: bool


DataSource = Union["DataSourceFolder", "DataSourceFiles", "DataSourceRecords"]


class DataSourceInfoStateReady(TypedDict):
    kind: Literal["ready"]



class DataSourceInfoStateCapturing(TypedDict):
    kind: Literal["capturing"]



class DataSourceInfoStateWaiting(TypedDict):
    kind: Literal["waiting"]



class DataSourceInfoStateNever(TypedDict):
    kind: Literal["never"]



class DataSourceInfoStateFailing(TypedDict):
    kind: Literal["failing"]
    message: str



class DataSourceInfoStateCurrent(TypedDict):
    kind: Literal["current"]



class DataSourceInfoStatePending(TypedDict):
    kind: Literal["pending"]



class DataSourceInfoLastSnapshot(TypedDict):
    id: "SnapshotId"
    createdAt: "Timestamp"



class DataSourceInfo(TypedDict):
    name: "SourceName"
    source: "SourceId"
    kind: Literal["folder", "files", "records"]
    path: "PathText"
    files: List["TreePath"]
    state: Union["DataSourceInfoStateReady", "DataSourceInfoStateCapturing", "DataSourceInfoStateWaiting", "DataSourceInfoStateNever", "DataSourceInfoStateFailing", "DataSourceInfoStateCurrent", "DataSourceInfoStatePending"]
    program: Union[str, None]
    lastSnapshot: Union["DataSourceInfoLastSnapshot", None]
    snapshots: int


Reason = Literal["path-missing", "path-unreadable", "path-refused", "not-a-directory", "not-protected", "not-a-repository", "disk-full", "permission-denied", "snapshot-unknown", "snapshot-ambiguous", "snapshot-pinned", "entry-missing", "nothing-to-undo", "restore-refused", "restore-failed", "plan-stale", "verification-failed", "store-locked", "store-damaged", "store-closed", "store-exists", "replica-unknown", "replica-refused", "wrong-key", "key-missing", "key-locked", "codec-missing", "pack-damaged", "blob-missing", "source-unknown", "source-taken", "source-refused", "program-absent", "program-gone", "program-failed", "program-invalid", "settings-invalid", "component-unknown", "component-exists", "component-refused", "alert-unknown", "incident-unknown", "emergency-unknown", "channel-unknown", "metric-unknown", "recovery-unknown", "recovery-refused", "agent-unreachable", "agent-draining", "unauthorized", "protocol-error", "invalid-params", "too-large", "busy", "cancelled", "timeout", "git-missing", "git-too-old", "git-failed", "git-timeout", "git-dubious-ownership", "usage", "internal"]


class ErrorData(TypedDict):
    reason: "Reason"
    hint: NotRequired[str]
    details: NotRequired[Dict[str, Union[str, float, bool, List[str]]]]



class AgentEventWorktreeChanged(TypedDict):
    kind: Literal["worktree/changed"]
    worktree: "WorktreeInfo"



class AgentEventWorktreeRemoved(TypedDict):
    kind: Literal["worktree/removed"]
    source: "SourceId"



class AgentEventSnapshotCreated(TypedDict):
    kind: Literal["snapshot/created"]
    snapshot: "ListedSnapshot"



class AgentEventSnapshotChanged(TypedDict):
    kind: Literal["snapshot/changed"]
    snapshot: "ListedSnapshot"



class AgentEventJournalWritten(TypedDict):
    kind: Literal["journal/written"]
    source: "SourceId"
    sequence: int
    at: "Timestamp"



class AgentEventSnapshotRemoved(TypedDict):
    kind: Literal["snapshot/removed"]
    snapshots: List["SnapshotId"]



class AgentEventRestoreCompleted(TypedDict):
    kind: Literal["restore/completed"]
    result: "RestoreResult"



class AgentEventNoticeRaised(TypedDict):
    kind: Literal["notice/raised"]
    notice: "Notice"



class AgentEventComponentChanged(TypedDict):
    kind: Literal["component/changed"]
    component: "ComponentInfo"



class AgentEventComponentRemoved(TypedDict):
    kind: Literal["component/removed"]
    id: "ComponentId"



class AgentEventRecoveryChangedRecoverySubject(TypedDict):
    kind: str
    id: str
    name: str



class AgentEventRecoveryChangedRecoveryProposalRowsItemItem(TypedDict):
    action: str
    tier: Literal["automatic", "after-snapshot", "approval"]
    explain: str
    touches: List[str]



class AgentEventRecoveryChangedRecoveryProposal(TypedDict):
    strategy: str
    why: str
    rows: List[List["AgentEventRecoveryChangedRecoveryProposalRowsItemItem"]]
    mean: float
    confidence: float
    tries: float



class AgentEventRecoveryChangedRecoveryStepsItemPlanRowsItemItem(TypedDict):
    action: str
    tier: Literal["automatic", "after-snapshot", "approval"]
    explain: str
    touches: List[str]



class AgentEventRecoveryChangedRecoveryStepsItemPlan(TypedDict):
    strategy: str
    why: str
    rows: List[List["AgentEventRecoveryChangedRecoveryStepsItemPlanRowsItemItem"]]
    mean: float
    confidence: float
    tries: float



class AgentEventRecoveryChangedRecoveryStepsItem(TypedDict):
    plan: "AgentEventRecoveryChangedRecoveryStepsItemPlan"
    state: Literal["running", "verifying", "helped", "no-help", "failed", "rolled-back"]
    startedAt: "Timestamp"
    endedAt: Union["Timestamp", None]
    before: str
    after: Union[str, None]
    note: Union[str, None]



class AgentEventRecoveryChangedRecoveryLogItem(TypedDict):
    at: "Timestamp"
    text: str



class AgentEventRecoveryChangedRecovery(TypedDict):
    id: str
    trigger: str
    fault: str
    subject: "AgentEventRecoveryChangedRecoverySubject"
    message: str
    by: Union[str, None]
    state: Literal["queued", "running", "approval", "healed", "cleared", "person", "rolled-back", "cancelled", "undone"]
    why: Union[str, None]
    startedAt: "Timestamp"
    endedAt: Union["Timestamp", None]
    proposal: Union["AgentEventRecoveryChangedRecoveryProposal", None]
    steps: List["AgentEventRecoveryChangedRecoveryStepsItem"]
    undoable: bool
    log: List["AgentEventRecoveryChangedRecoveryLogItem"]



class AgentEventRecoveryChanged(TypedDict):
    kind: Literal["recovery/changed"]
    recovery: "AgentEventRecoveryChangedRecovery"



class AgentEventIncidentOpenedIncidentPartsItemSubject(TypedDict):
    kind: str
    id: str
    name: str



class AgentEventIncidentOpenedIncidentPartsItem(TypedDict):
    kind: Literal["alert", "loss", "backup", "trouble", "check"]
    role: Literal["cause", "consequence", "related"]
    alert: Union[str, None]
    subject: "AgentEventIncidentOpenedIncidentPartsItemSubject"
    severity: Literal["info", "warning", "critical"]
    message: str
    since: "Timestamp"
    endedAt: Union["Timestamp", None]



class AgentEventIncidentOpenedIncidentTimelineItem(TypedDict):
    at: "Timestamp"
    text: str



class AgentEventIncidentOpenedIncident(TypedDict):
    id: str
    title: str
    severity: Literal["info", "warning", "critical"]
    state: Literal["open", "person", "closed"]
    openedAt: "Timestamp"
    closedAt: Union["Timestamp", None]
    parts: List["AgentEventIncidentOpenedIncidentPartsItem"]
    timeline: List["AgentEventIncidentOpenedIncidentTimelineItem"]



class AgentEventIncidentOpened(TypedDict):
    kind: Literal["incident/opened"]
    incident: "AgentEventIncidentOpenedIncident"



class AgentEventIncidentChangedIncidentPartsItemSubject(TypedDict):
    kind: str
    id: str
    name: str



class AgentEventIncidentChangedIncidentPartsItem(TypedDict):
    kind: Literal["alert", "loss", "backup", "trouble", "check"]
    role: Literal["cause", "consequence", "related"]
    alert: Union[str, None]
    subject: "AgentEventIncidentChangedIncidentPartsItemSubject"
    severity: Literal["info", "warning", "critical"]
    message: str
    since: "Timestamp"
    endedAt: Union["Timestamp", None]



class AgentEventIncidentChangedIncidentTimelineItem(TypedDict):
    at: "Timestamp"
    text: str



class AgentEventIncidentChangedIncident(TypedDict):
    id: str
    title: str
    severity: Literal["info", "warning", "critical"]
    state: Literal["open", "person", "closed"]
    openedAt: "Timestamp"
    closedAt: Union["Timestamp", None]
    parts: List["AgentEventIncidentChangedIncidentPartsItem"]
    timeline: List["AgentEventIncidentChangedIncidentTimelineItem"]



class AgentEventIncidentChanged(TypedDict):
    kind: Literal["incident/changed"]
    incident: "AgentEventIncidentChangedIncident"



class AgentEventIncidentClosedIncidentPartsItemSubject(TypedDict):
    kind: str
    id: str
    name: str



class AgentEventIncidentClosedIncidentPartsItem(TypedDict):
    kind: Literal["alert", "loss", "backup", "trouble", "check"]
    role: Literal["cause", "consequence", "related"]
    alert: Union[str, None]
    subject: "AgentEventIncidentClosedIncidentPartsItemSubject"
    severity: Literal["info", "warning", "critical"]
    message: str
    since: "Timestamp"
    endedAt: Union["Timestamp", None]



class AgentEventIncidentClosedIncidentTimelineItem(TypedDict):
    at: "Timestamp"
    text: str



class AgentEventIncidentClosedIncident(TypedDict):
    id: str
    title: str
    severity: Literal["info", "warning", "critical"]
    state: Literal["open", "person", "closed"]
    openedAt: "Timestamp"
    closedAt: Union["Timestamp", None]
    parts: List["AgentEventIncidentClosedIncidentPartsItem"]
    timeline: List["AgentEventIncidentClosedIncidentTimelineItem"]



class AgentEventIncidentClosed(TypedDict):
    kind: Literal["incident/closed"]
    incident: "AgentEventIncidentClosedIncident"



class AgentEventEmergencyChangedEmergencyStepsItem(TypedDict):
    action: Literal["emergencyBackup", "componentIsolation", "administratorAlert", "systemShutdown"]
    level: Union[Literal[1], Literal[2], Literal[3]]
    at: "Timestamp"
    endedAt: Union["Timestamp", None]
    outcome: Literal["running", "done", "failed", "left"]
    text: str
    details: List[str]



class AgentEventEmergencyChangedEmergencyIsolatedItem(TypedDict):
    kind: Literal["component", "source"]
    id: str
    name: str
    since: "Timestamp"
    until: Union["Timestamp", None]



class AgentEventEmergencyChangedEmergencyTimelineItem(TypedDict):
    at: "Timestamp"
    text: str



class AgentEventEmergencyChangedEmergency(TypedDict):
    id: str
    trigger: Literal["critical-incidents", "mass-deletion", "disk-nearly-full", "store-damaged", "memory-running-out"]
    title: str
    hint: str
    level: Union[Literal[1], Literal[2], Literal[3]]
    state: Literal["active", "over"]
    message: str
    evidence: List[str]
    openedAt: "Timestamp"
    levelSince: "Timestamp"
    endedAt: Union["Timestamp", None]
    steps: List["AgentEventEmergencyChangedEmergencyStepsItem"]
    isolated: List["AgentEventEmergencyChangedEmergencyIsolatedItem"]
    timeline: List["AgentEventEmergencyChangedEmergencyTimelineItem"]
    report: "PathText"



class AgentEventEmergencyChanged(TypedDict):
    kind: Literal["emergency/changed"]
    emergency: "AgentEventEmergencyChangedEmergency"



class AgentEventAlertChanged(TypedDict):
    kind: Literal["alert/changed"]
    alert: "AlertInfo"



class AgentEventMetricsSampled(TypedDict):
    kind: Literal["metrics/sampled"]
    at: "Timestamp"



class AgentEventAgentDraining(TypedDict):
    kind: Literal["agent/draining"]
    reason: str


AgentEvent = Union["AgentEventWorktreeChanged", "AgentEventWorktreeRemoved", "AgentEventSnapshotCreated", "AgentEventSnapshotChanged", "AgentEventJournalWritten", "AgentEventSnapshotRemoved", "AgentEventRestoreCompleted", "AgentEventNoticeRaised", "AgentEventComponentChanged", "AgentEventComponentRemoved", "AgentEventRecoveryChanged", "AgentEventIncidentOpened", "AgentEventIncidentChanged", "AgentEventIncidentClosed", "AgentEventEmergencyChanged", "AgentEventAlertChanged", "AgentEventMetricsSampled", "AgentEventAgentDraining"]


class SequencedEvent(TypedDict):
    sequence: int
    event: "AgentEvent"



class Discovery(TypedDict):
    socket: str
    token: str
    pid: int
    version: str
    startedAt: int
    tcpPort: NotRequired[int]



class ClientIdentifyResultAgent(TypedDict):
    version: str
    pid: int



class ClientIdentifyResult(TypedDict):
    agent: "ClientIdentifyResultAgent"
    epoch: str
    sequence: int



class AgentStatusResultAgentCodingAgents(TypedDict):
    restore: Literal["ask", "allow"]



class AgentStatusResultAgent(TypedDict):
    pid: int
    version: str
    node: str
    uptimeMs: float
    home: "PathText"
    draining: bool
    clients: int
    codingAgents: NotRequired["AgentStatusResultAgentCodingAgents"]



class AgentStatusResultWaitingItem(TypedDict):
    priority: Literal["restore", "loss-guard", "recovery", "backup", "verification", "scrub"]
    worktree: Union["PathText", None]
    what: str
    why: str
    waitedMs: float



class AgentStatusResult(TypedDict):
    agent: "AgentStatusResultAgent"
    worktrees: List["WorktreeInfo"]
    store: "StoreStats"
    losses: NotRequired[List["Notice"]]
    sources: NotRequired[List["DataSourceInfo"]]
    waiting: NotRequired[List["AgentStatusResultWaitingItem"]]


AgentDrainResult = Dict[str, Any]


class WorktreeProtectResult(TypedDict):
    worktrees: List["WorktreeInfo"]


WorktreeUnprotectResult = Dict[str, Any]


class WorktreeListResult(TypedDict):
    worktrees: List["WorktreeInfo"]


SnapshotCreateResult = Union["SnapshotSummary"]


class SnapshotListResult(TypedDict):
    snapshots: List["ListedSnapshot"]
    more: bool


SnapshotShowResult = Union["SnapshotDetails"]

SnapshotDiffResult = TypedDict(
    "SnapshotDiffResult",
    {
        "from": 'SnapshotSummary',
        "changes": 'List[Change]',
        "total": 'int',
    },
)


class SnapshotReadFolderResult(TypedDict):
    entries: List["TreeEntry"]


SnapshotStatResult = Union["TreeEntry"]


class SnapshotReadFileResult(TypedDict):
    data: str
    size: int



class JournalListResult(TypedDict):
    entries: List["JournalEntry"]
    next: Union[int, None]


JournalMomentResult = Union["Moment"]

RestorePlanResult = Union["RestorePlan"]

RestoreApplyResult = Union["RestoreResult"]

RestoreUndoResult = Union["RestoreResult"]


class RestoreHistoryResult(TypedDict):
    operations: List["Operation"]



class BackupRunResultBackupsItem(TypedDict):
    snapshot: "SnapshotSummary"
    provenBlobs: int
    provenBytes: int
    mended: bool



class BackupRunResult(TypedDict):
    backups: List["BackupRunResultBackupsItem"]



class BackupScheduleResultKindsItem(TypedDict):
    kind: Literal["full", "incremental", "differential", "snapshot", "journal"]
    pattern: Union[str, None]
    keepMs: float
    last: Union["Timestamp", None]
    next: Union["Timestamp", None]
    heldBy: NotRequired[Union[str, None]]



class BackupScheduleResult(TypedDict):
    kinds: List["BackupScheduleResultKindsItem"]


SnapshotPinResult = Union["ListedSnapshot"]

SnapshotUnpinResult = Union["ListedSnapshot"]


class SnapshotPlanDeleteResult(TypedDict):
    snapshots: List["SnapshotSummary"]
    notes: List[str]



class SnapshotDeleteResult(TypedDict):
    deleted: int



class StoreCollectGarbageResultExpiredItem(TypedDict):
    snapshot: "SnapshotSummary"
    why: Literal["age", "space"]



class StoreCollectGarbageResultPacksItem(TypedDict):
    pack: str
    bytes: int
    liveBytes: int
    cause: Literal["empty", "sparse", "small"]
    fate: Literal["deleted", "given-up", "waiting", "damaged"]



class StoreCollectGarbageResult(TypedDict):
    dryRun: bool
    expired: List["StoreCollectGarbageResultExpiredItem"]
    expiredTotal: int
    moments: int
    snapshots: int
    packs: List["StoreCollectGarbageResultPacksItem"]
    packsTotal: int
    freedBytes: int
    waitingBytes: int
    copiedBytes: int
    durationMs: float


DataSourceRegisterResult = Union["DataSourceInfo"]

DataSourceUnregisterResult = Dict[str, Any]


class DataSourceListResult(TypedDict):
    sources: List["DataSourceInfo"]


HealthStatusResult = Union["HealthStatus"]

HealthWorktreeResult = Union["WorktreeDetails"]

ComponentSuggestResult = Union["ComponentSuggestion"]


class ComponentListResult(TypedDict):
    components: List["ComponentInfo"]


ComponentRegisterResult = Union["ComponentInfo"]

ComponentHeartbeatResult = Dict[str, Any]

ComponentUnregisterResult = Dict[str, Any]

ComponentStartResult = Union["ComponentInfo"]

ComponentStopResult = Union["ComponentInfo"]

ComponentRestartResult = Union["ComponentInfo"]


class ComponentLogsResult(TypedDict):
    lines: List["LogLine"]



class ComponentSettingsResult(TypedDict):
    files: List["SettingsFile"]



class ComponentApproveResult(TypedDict):
    components: List["ComponentInfo"]


ComponentRevokeResult = Dict[str, Any]


class AlertListResult(TypedDict):
    alerts: List["AlertInfo"]
    silences: List["Silence"]


AlertAcknowledgeResult = Union["AlertInfo"]

AlertSilenceResult = Union["Silence"]

AlertEndSilenceResult = Dict[str, Any]

AlertResolveResult = Union["AlertInfo"]


class AlertChannelsResult(TypedDict):
    channels: List["ChannelInfo"]



class AlertUndeliveredResult(TypedDict):
    undelivered: List["UndeliveredMessage"]



class AlertTestResult(TypedDict):
    results: List["ChannelTest"]



class RecoveryListResultRecoveriesItemSubject(TypedDict):
    kind: str
    id: str
    name: str



class RecoveryListResultRecoveriesItemProposalRowsItemItem(TypedDict):
    action: str
    tier: Literal["automatic", "after-snapshot", "approval"]
    explain: str
    touches: List[str]



class RecoveryListResultRecoveriesItemProposal(TypedDict):
    strategy: str
    why: str
    rows: List[List["RecoveryListResultRecoveriesItemProposalRowsItemItem"]]
    mean: float
    confidence: float
    tries: float



class RecoveryListResultRecoveriesItemStepsItemPlanRowsItemItem(TypedDict):
    action: str
    tier: Literal["automatic", "after-snapshot", "approval"]
    explain: str
    touches: List[str]



class RecoveryListResultRecoveriesItemStepsItemPlan(TypedDict):
    strategy: str
    why: str
    rows: List[List["RecoveryListResultRecoveriesItemStepsItemPlanRowsItemItem"]]
    mean: float
    confidence: float
    tries: float



class RecoveryListResultRecoveriesItemStepsItem(TypedDict):
    plan: "RecoveryListResultRecoveriesItemStepsItemPlan"
    state: Literal["running", "verifying", "helped", "no-help", "failed", "rolled-back"]
    startedAt: "Timestamp"
    endedAt: Union["Timestamp", None]
    before: str
    after: Union[str, None]
    note: Union[str, None]



class RecoveryListResultRecoveriesItemLogItem(TypedDict):
    at: "Timestamp"
    text: str



class RecoveryListResultRecoveriesItem(TypedDict):
    id: str
    trigger: str
    fault: str
    subject: "RecoveryListResultRecoveriesItemSubject"
    message: str
    by: Union[str, None]
    state: Literal["queued", "running", "approval", "healed", "cleared", "person", "rolled-back", "cancelled", "undone"]
    why: Union[str, None]
    startedAt: "Timestamp"
    endedAt: Union["Timestamp", None]
    proposal: Union["RecoveryListResultRecoveriesItemProposal", None]
    steps: List["RecoveryListResultRecoveriesItemStepsItem"]
    undoable: bool
    log: List["RecoveryListResultRecoveriesItemLogItem"]



class RecoveryListResult(TypedDict):
    recoveries: List["RecoveryListResultRecoveriesItem"]
    mode: Literal["autonomous", "supervised", "observe"]



class RecoveryShowResultSubject(TypedDict):
    kind: str
    id: str
    name: str



class RecoveryShowResultProposalRowsItemItem(TypedDict):
    action: str
    tier: Literal["automatic", "after-snapshot", "approval"]
    explain: str
    touches: List[str]



class RecoveryShowResultProposal(TypedDict):
    strategy: str
    why: str
    rows: List[List["RecoveryShowResultProposalRowsItemItem"]]
    mean: float
    confidence: float
    tries: float



class RecoveryShowResultStepsItemPlanRowsItemItem(TypedDict):
    action: str
    tier: Literal["automatic", "after-snapshot", "approval"]
    explain: str
    touches: List[str]



class RecoveryShowResultStepsItemPlan(TypedDict):
    strategy: str
    why: str
    rows: List[List["RecoveryShowResultStepsItemPlanRowsItemItem"]]
    mean: float
    confidence: float
    tries: float



class RecoveryShowResultStepsItem(TypedDict):
    plan: "RecoveryShowResultStepsItemPlan"
    state: Literal["running", "verifying", "helped", "no-help", "failed", "rolled-back"]
    startedAt: "Timestamp"
    endedAt: Union["Timestamp", None]
    before: str
    after: Union[str, None]
    note: Union[str, None]



class RecoveryShowResultLogItem(TypedDict):
    at: "Timestamp"
    text: str



class RecoveryShowResult(TypedDict):
    id: str
    trigger: str
    fault: str
    subject: "RecoveryShowResultSubject"
    message: str
    by: Union[str, None]
    state: Literal["queued", "running", "approval", "healed", "cleared", "person", "rolled-back", "cancelled", "undone"]
    why: Union[str, None]
    startedAt: "Timestamp"
    endedAt: Union["Timestamp", None]
    proposal: Union["RecoveryShowResultProposal", None]
    steps: List["RecoveryShowResultStepsItem"]
    undoable: bool
    log: List["RecoveryShowResultLogItem"]



class RecoveryPlanResultPlansItemRowsItemItem(TypedDict):
    action: str
    tier: Literal["automatic", "after-snapshot", "approval"]
    explain: str
    touches: List[str]



class RecoveryPlanResultPlansItem(TypedDict):
    strategy: str
    why: str
    rows: List[List["RecoveryPlanResultPlansItemRowsItemItem"]]
    mean: float
    confidence: float
    tries: float



class RecoveryPlanResult(TypedDict):
    message: str
    plans: List["RecoveryPlanResultPlansItem"]



class RecoveryStartResultSubject(TypedDict):
    kind: str
    id: str
    name: str



class RecoveryStartResultProposalRowsItemItem(TypedDict):
    action: str
    tier: Literal["automatic", "after-snapshot", "approval"]
    explain: str
    touches: List[str]



class RecoveryStartResultProposal(TypedDict):
    strategy: str
    why: str
    rows: List[List["RecoveryStartResultProposalRowsItemItem"]]
    mean: float
    confidence: float
    tries: float



class RecoveryStartResultStepsItemPlanRowsItemItem(TypedDict):
    action: str
    tier: Literal["automatic", "after-snapshot", "approval"]
    explain: str
    touches: List[str]



class RecoveryStartResultStepsItemPlan(TypedDict):
    strategy: str
    why: str
    rows: List[List["RecoveryStartResultStepsItemPlanRowsItemItem"]]
    mean: float
    confidence: float
    tries: float



class RecoveryStartResultStepsItem(TypedDict):
    plan: "RecoveryStartResultStepsItemPlan"
    state: Literal["running", "verifying", "helped", "no-help", "failed", "rolled-back"]
    startedAt: "Timestamp"
    endedAt: Union["Timestamp", None]
    before: str
    after: Union[str, None]
    note: Union[str, None]



class RecoveryStartResultLogItem(TypedDict):
    at: "Timestamp"
    text: str



class RecoveryStartResult(TypedDict):
    id: str
    trigger: str
    fault: str
    subject: "RecoveryStartResultSubject"
    message: str
    by: Union[str, None]
    state: Literal["queued", "running", "approval", "healed", "cleared", "person", "rolled-back", "cancelled", "undone"]
    why: Union[str, None]
    startedAt: "Timestamp"
    endedAt: Union["Timestamp", None]
    proposal: Union["RecoveryStartResultProposal", None]
    steps: List["RecoveryStartResultStepsItem"]
    undoable: bool
    log: List["RecoveryStartResultLogItem"]



class RecoveryApproveResultSubject(TypedDict):
    kind: str
    id: str
    name: str



class RecoveryApproveResultProposalRowsItemItem(TypedDict):
    action: str
    tier: Literal["automatic", "after-snapshot", "approval"]
    explain: str
    touches: List[str]



class RecoveryApproveResultProposal(TypedDict):
    strategy: str
    why: str
    rows: List[List["RecoveryApproveResultProposalRowsItemItem"]]
    mean: float
    confidence: float
    tries: float



class RecoveryApproveResultStepsItemPlanRowsItemItem(TypedDict):
    action: str
    tier: Literal["automatic", "after-snapshot", "approval"]
    explain: str
    touches: List[str]



class RecoveryApproveResultStepsItemPlan(TypedDict):
    strategy: str
    why: str
    rows: List[List["RecoveryApproveResultStepsItemPlanRowsItemItem"]]
    mean: float
    confidence: float
    tries: float



class RecoveryApproveResultStepsItem(TypedDict):
    plan: "RecoveryApproveResultStepsItemPlan"
    state: Literal["running", "verifying", "helped", "no-help", "failed", "rolled-back"]
    startedAt: "Timestamp"
    endedAt: Union["Timestamp", None]
    before: str
    after: Union[str, None]
    note: Union[str, None]



class RecoveryApproveResultLogItem(TypedDict):
    at: "Timestamp"
    text: str



class RecoveryApproveResult(TypedDict):
    id: str
    trigger: str
    fault: str
    subject: "RecoveryApproveResultSubject"
    message: str
    by: Union[str, None]
    state: Literal["queued", "running", "approval", "healed", "cleared", "person", "rolled-back", "cancelled", "undone"]
    why: Union[str, None]
    startedAt: "Timestamp"
    endedAt: Union["Timestamp", None]
    proposal: Union["RecoveryApproveResultProposal", None]
    steps: List["RecoveryApproveResultStepsItem"]
    undoable: bool
    log: List["RecoveryApproveResultLogItem"]



class RecoveryCancelResultSubject(TypedDict):
    kind: str
    id: str
    name: str



class RecoveryCancelResultProposalRowsItemItem(TypedDict):
    action: str
    tier: Literal["automatic", "after-snapshot", "approval"]
    explain: str
    touches: List[str]



class RecoveryCancelResultProposal(TypedDict):
    strategy: str
    why: str
    rows: List[List["RecoveryCancelResultProposalRowsItemItem"]]
    mean: float
    confidence: float
    tries: float



class RecoveryCancelResultStepsItemPlanRowsItemItem(TypedDict):
    action: str
    tier: Literal["automatic", "after-snapshot", "approval"]
    explain: str
    touches: List[str]



class RecoveryCancelResultStepsItemPlan(TypedDict):
    strategy: str
    why: str
    rows: List[List["RecoveryCancelResultStepsItemPlanRowsItemItem"]]
    mean: float
    confidence: float
    tries: float



class RecoveryCancelResultStepsItem(TypedDict):
    plan: "RecoveryCancelResultStepsItemPlan"
    state: Literal["running", "verifying", "helped", "no-help", "failed", "rolled-back"]
    startedAt: "Timestamp"
    endedAt: Union["Timestamp", None]
    before: str
    after: Union[str, None]
    note: Union[str, None]



class RecoveryCancelResultLogItem(TypedDict):
    at: "Timestamp"
    text: str



class RecoveryCancelResult(TypedDict):
    id: str
    trigger: str
    fault: str
    subject: "RecoveryCancelResultSubject"
    message: str
    by: Union[str, None]
    state: Literal["queued", "running", "approval", "healed", "cleared", "person", "rolled-back", "cancelled", "undone"]
    why: Union[str, None]
    startedAt: "Timestamp"
    endedAt: Union["Timestamp", None]
    proposal: Union["RecoveryCancelResultProposal", None]
    steps: List["RecoveryCancelResultStepsItem"]
    undoable: bool
    log: List["RecoveryCancelResultLogItem"]



class RecoveryUndoResultSubject(TypedDict):
    kind: str
    id: str
    name: str



class RecoveryUndoResultProposalRowsItemItem(TypedDict):
    action: str
    tier: Literal["automatic", "after-snapshot", "approval"]
    explain: str
    touches: List[str]



class RecoveryUndoResultProposal(TypedDict):
    strategy: str
    why: str
    rows: List[List["RecoveryUndoResultProposalRowsItemItem"]]
    mean: float
    confidence: float
    tries: float



class RecoveryUndoResultStepsItemPlanRowsItemItem(TypedDict):
    action: str
    tier: Literal["automatic", "after-snapshot", "approval"]
    explain: str
    touches: List[str]



class RecoveryUndoResultStepsItemPlan(TypedDict):
    strategy: str
    why: str
    rows: List[List["RecoveryUndoResultStepsItemPlanRowsItemItem"]]
    mean: float
    confidence: float
    tries: float



class RecoveryUndoResultStepsItem(TypedDict):
    plan: "RecoveryUndoResultStepsItemPlan"
    state: Literal["running", "verifying", "helped", "no-help", "failed", "rolled-back"]
    startedAt: "Timestamp"
    endedAt: Union["Timestamp", None]
    before: str
    after: Union[str, None]
    note: Union[str, None]



class RecoveryUndoResultLogItem(TypedDict):
    at: "Timestamp"
    text: str



class RecoveryUndoResult(TypedDict):
    id: str
    trigger: str
    fault: str
    subject: "RecoveryUndoResultSubject"
    message: str
    by: Union[str, None]
    state: Literal["queued", "running", "approval", "healed", "cleared", "person", "rolled-back", "cancelled", "undone"]
    why: Union[str, None]
    startedAt: "Timestamp"
    endedAt: Union["Timestamp", None]
    proposal: Union["RecoveryUndoResultProposal", None]
    steps: List["RecoveryUndoResultStepsItem"]
    undoable: bool
    log: List["RecoveryUndoResultLogItem"]



class RecoveryStrategiesResultStrategiesItem(TypedDict):
    strategy: str
    title: str



class RecoveryStrategiesResultLearnedItemStrategiesItem(TypedDict):
    strategy: str
    helped: float
    failed: float
    confidence: float



class RecoveryStrategiesResultLearnedItem(TypedDict):
    signature: str
    sightings: int
    strategies: List["RecoveryStrategiesResultLearnedItemStrategiesItem"]



class RecoveryStrategiesResult(TypedDict):
    strategies: List["RecoveryStrategiesResultStrategiesItem"]
    learned: List["RecoveryStrategiesResultLearnedItem"]



class RecoveryExportResultSeenValueArmsValue(TypedDict):
    helped: float
    failed: float
    credit: float



class RecoveryExportResultSeenValue(TypedDict):
    sightings: int
    arms: Dict[str, "RecoveryExportResultSeenValueArmsValue"]



class RecoveryExportResult(TypedDict):
    seen: Dict[str, "RecoveryExportResultSeenValue"]



class RecoveryImportResult(TypedDict):
    signatures: int



class DoctorExamineResultFaultsItem(TypedDict):
    id: str
    title: str
    message: str
    worktree: "PathText"
    part: str
    tier: Union[Literal["automatic", "after-snapshot", "approval"], None]
    plan: Union[str, None]
    healed: bool
    saved: Union[str, None]
    attempt: Union[str, None]
    why: Union[str, None]
    hint: str
    offered: bool



class DoctorExamineResult(TypedDict):
    repository: "PathText"
    isProtected: bool
    healthy: bool
    faults: List["DoctorExamineResultFaultsItem"]
    young: List[str]
    complete: bool



class DoctorUndoResult(TypedDict):
    attempt: str
    explain: str



class TroubleReportResult(TypedDict):
    notice: "Notice"
    kept: Union["SnapshotSummary", None]
    problem: Union[str, None]
    alerts: List["AlertInfo"]
    losses: List["Notice"]



class AuditListResultEntriesItemBy(TypedDict):
    kind: Literal["agent", "terminal", "editor", "coding-agent", "program"]
    name: str
    pid: Union[int, None]



class AuditListResultEntriesItem(TypedDict):
    sequence: int
    at: "Timestamp"
    action: str
    phase: Literal["begun", "done", "failed"]
    by: "AuditListResultEntriesItemBy"
    why: Union[str, None]
    target: Union[str, None]
    input: Dict[str, Union[str, float, bool]]
    outcome: Union[str, None]
    durationMs: Union[int, None]
    hash: str



class AuditListResult(TypedDict):
    entries: List["AuditListResultEntriesItem"]
    more: bool



class AuditVerifyResultFrom(TypedDict):
    sequence: int
    hash: str



class AuditVerifyResultHead(TypedDict):
    sequence: int
    hash: str



class AuditVerifyResultProblemsItem(TypedDict):
    sequence: int
    message: str


AuditVerifyResult = TypedDict(
    "AuditVerifyResult",
    {
        "entries": 'int',
        "from": 'AuditVerifyResultFrom',
        "head": 'AuditVerifyResultHead',
        "problems": 'List[AuditVerifyResultProblemsItem]',
    },
)


class IncidentListResultIncidentsItemPartsItemSubject(TypedDict):
    kind: str
    id: str
    name: str



class IncidentListResultIncidentsItemPartsItem(TypedDict):
    kind: Literal["alert", "loss", "backup", "trouble", "check"]
    role: Literal["cause", "consequence", "related"]
    alert: Union[str, None]
    subject: "IncidentListResultIncidentsItemPartsItemSubject"
    severity: Literal["info", "warning", "critical"]
    message: str
    since: "Timestamp"
    endedAt: Union["Timestamp", None]



class IncidentListResultIncidentsItemTimelineItem(TypedDict):
    at: "Timestamp"
    text: str



class IncidentListResultIncidentsItem(TypedDict):
    id: str
    title: str
    severity: Literal["info", "warning", "critical"]
    state: Literal["open", "person", "closed"]
    openedAt: "Timestamp"
    closedAt: Union["Timestamp", None]
    parts: List["IncidentListResultIncidentsItemPartsItem"]
    timeline: List["IncidentListResultIncidentsItemTimelineItem"]



class IncidentListResult(TypedDict):
    incidents: List["IncidentListResultIncidentsItem"]



class IncidentShowResultPartsItemSubject(TypedDict):
    kind: str
    id: str
    name: str



class IncidentShowResultPartsItem(TypedDict):
    kind: Literal["alert", "loss", "backup", "trouble", "check"]
    role: Literal["cause", "consequence", "related"]
    alert: Union[str, None]
    subject: "IncidentShowResultPartsItemSubject"
    severity: Literal["info", "warning", "critical"]
    message: str
    since: "Timestamp"
    endedAt: Union["Timestamp", None]



class IncidentShowResultTimelineItem(TypedDict):
    at: "Timestamp"
    text: str



class IncidentShowResult(TypedDict):
    id: str
    title: str
    severity: Literal["info", "warning", "critical"]
    state: Literal["open", "person", "closed"]
    openedAt: "Timestamp"
    closedAt: Union["Timestamp", None]
    parts: List["IncidentShowResultPartsItem"]
    timeline: List["IncidentShowResultTimelineItem"]



class IncidentCloseResultPartsItemSubject(TypedDict):
    kind: str
    id: str
    name: str



class IncidentCloseResultPartsItem(TypedDict):
    kind: Literal["alert", "loss", "backup", "trouble", "check"]
    role: Literal["cause", "consequence", "related"]
    alert: Union[str, None]
    subject: "IncidentCloseResultPartsItemSubject"
    severity: Literal["info", "warning", "critical"]
    message: str
    since: "Timestamp"
    endedAt: Union["Timestamp", None]



class IncidentCloseResultTimelineItem(TypedDict):
    at: "Timestamp"
    text: str



class IncidentCloseResult(TypedDict):
    id: str
    title: str
    severity: Literal["info", "warning", "critical"]
    state: Literal["open", "person", "closed"]
    openedAt: "Timestamp"
    closedAt: Union["Timestamp", None]
    parts: List["IncidentCloseResultPartsItem"]
    timeline: List["IncidentCloseResultTimelineItem"]



class EmergencyListResultEmergenciesItemStepsItem(TypedDict):
    action: Literal["emergencyBackup", "componentIsolation", "administratorAlert", "systemShutdown"]
    level: Union[Literal[1], Literal[2], Literal[3]]
    at: "Timestamp"
    endedAt: Union["Timestamp", None]
    outcome: Literal["running", "done", "failed", "left"]
    text: str
    details: List[str]



class EmergencyListResultEmergenciesItemIsolatedItem(TypedDict):
    kind: Literal["component", "source"]
    id: str
    name: str
    since: "Timestamp"
    until: Union["Timestamp", None]



class EmergencyListResultEmergenciesItemTimelineItem(TypedDict):
    at: "Timestamp"
    text: str



class EmergencyListResultEmergenciesItem(TypedDict):
    id: str
    trigger: Literal["critical-incidents", "mass-deletion", "disk-nearly-full", "store-damaged", "memory-running-out"]
    title: str
    hint: str
    level: Union[Literal[1], Literal[2], Literal[3]]
    state: Literal["active", "over"]
    message: str
    evidence: List[str]
    openedAt: "Timestamp"
    levelSince: "Timestamp"
    endedAt: Union["Timestamp", None]
    steps: List["EmergencyListResultEmergenciesItemStepsItem"]
    isolated: List["EmergencyListResultEmergenciesItemIsolatedItem"]
    timeline: List["EmergencyListResultEmergenciesItemTimelineItem"]
    report: "PathText"



class EmergencyListResult(TypedDict):
    emergencies: List["EmergencyListResultEmergenciesItem"]



class EmergencyShowResultStepsItem(TypedDict):
    action: Literal["emergencyBackup", "componentIsolation", "administratorAlert", "systemShutdown"]
    level: Union[Literal[1], Literal[2], Literal[3]]
    at: "Timestamp"
    endedAt: Union["Timestamp", None]
    outcome: Literal["running", "done", "failed", "left"]
    text: str
    details: List[str]



class EmergencyShowResultIsolatedItem(TypedDict):
    kind: Literal["component", "source"]
    id: str
    name: str
    since: "Timestamp"
    until: Union["Timestamp", None]



class EmergencyShowResultTimelineItem(TypedDict):
    at: "Timestamp"
    text: str



class EmergencyShowResult(TypedDict):
    id: str
    trigger: Literal["critical-incidents", "mass-deletion", "disk-nearly-full", "store-damaged", "memory-running-out"]
    title: str
    hint: str
    level: Union[Literal[1], Literal[2], Literal[3]]
    state: Literal["active", "over"]
    message: str
    evidence: List[str]
    openedAt: "Timestamp"
    levelSince: "Timestamp"
    endedAt: Union["Timestamp", None]
    steps: List["EmergencyShowResultStepsItem"]
    isolated: List["EmergencyShowResultIsolatedItem"]
    timeline: List["EmergencyShowResultTimelineItem"]
    report: "PathText"



class EmergencyEndResultStepsItem(TypedDict):
    action: Literal["emergencyBackup", "componentIsolation", "administratorAlert", "systemShutdown"]
    level: Union[Literal[1], Literal[2], Literal[3]]
    at: "Timestamp"
    endedAt: Union["Timestamp", None]
    outcome: Literal["running", "done", "failed", "left"]
    text: str
    details: List[str]



class EmergencyEndResultIsolatedItem(TypedDict):
    kind: Literal["component", "source"]
    id: str
    name: str
    since: "Timestamp"
    until: Union["Timestamp", None]



class EmergencyEndResultTimelineItem(TypedDict):
    at: "Timestamp"
    text: str



class EmergencyEndResult(TypedDict):
    id: str
    trigger: Literal["critical-incidents", "mass-deletion", "disk-nearly-full", "store-damaged", "memory-running-out"]
    title: str
    hint: str
    level: Union[Literal[1], Literal[2], Literal[3]]
    state: Literal["active", "over"]
    message: str
    evidence: List[str]
    openedAt: "Timestamp"
    levelSince: "Timestamp"
    endedAt: Union["Timestamp", None]
    steps: List["EmergencyEndResultStepsItem"]
    isolated: List["EmergencyEndResultIsolatedItem"]
    timeline: List["EmergencyEndResultTimelineItem"]
    report: "PathText"



class ManagerReportResultComponentsItem(TypedDict):
    of: str
    ratio: float
    measuredMs: float



class ManagerReportResultIncidents(TypedDict):
    count: int
    critical: int
    open: int
    mtbfMs: Union[float, None]
    mttrMs: Union[float, None]



class ManagerReportResultRecoveries(TypedDict):
    count: int
    healed: int
    cleared: int
    failed: int
    open: int
    success: Union[float, None]
    meanMs: Union[float, None]



class ManagerReportResultAlertsItem(TypedDict):
    fault: str
    title: str
    count: int



class ManagerReportResultBackups(TypedDict):
    snapshots: int
    backups: int
    failed: int
    restores: int



class ManagerReportResultDrill(TypedDict):
    at: "Timestamp"
    ok: bool



class ManagerReportResultStorage(TypedDict):
    atFirst: Union[float, None]
    atLast: Union[float, None]
    bytesPerDay: Union[float, None]
    freeBytes: Union[float, None]
    fullInMs: Union[float, None]


ManagerReportResult = TypedDict(
    "ManagerReportResult",
    {
        "from": 'Timestamp',
        "to": 'Timestamp',
        "observedMs": 'float',
        "availability": 'Union[float, None]',
        "components": 'List[ManagerReportResultComponentsItem]',
        "incidents": 'ManagerReportResultIncidents',
        "emergencies": 'int',
        "recoveries": 'ManagerReportResultRecoveries',
        "alerts": 'List[ManagerReportResultAlertsItem]',
        "backups": 'ManagerReportResultBackups',
        "drill": 'Union[ManagerReportResultDrill, None]',
        "storage": 'ManagerReportResultStorage',
        "partial": 'List[Literal["incidents", "recoveries", "alerts"]]',
    },
)


class MetricsListResultMetricsItem(TypedDict):
    metric: str
    unit: Literal["ratio", "bytes", "seconds", "count", "per-second", "timestamp"]
    label: Union[Literal["disk", "component", "worktree", "severity"], None]
    help: str
    of: List[str]



class MetricsListResult(TypedDict):
    metrics: List["MetricsListResultMetricsItem"]



class MetricsSeriesResultLinesItem(TypedDict):
    of: str
    mean: List[Union[float, None]]
    max: List[Union[float, None]]
    unusual: List["Timestamp"]


MetricsSeriesResult = TypedDict(
    "MetricsSeriesResult",
    {
        "metric": 'str',
        "unit": 'Literal["ratio", "bytes", "seconds", "count", "per-second", "timestamp"]',
        "label": 'Union[Literal["disk", "component", "worktree", "severity"], None]',
        "help": 'str',
        "from": 'Timestamp',
        "stepMs": 'int',
        "lines": 'List[MetricsSeriesResultLinesItem]',
        "left": 'int',
    },
)


class MetricsTextResult(TypedDict):
    text: str


StoreVerifyResult = Union["VerifyReport"]

StoreRepairResult = Union["RepairResult"]

DrillRunResult = Union["DrillReport"]


class DrillLastResult(TypedDict):
    drill: Union["DrillReport", None]


StoreStatsResult = Union["StoreStats"]


class StoreRebuildCatalogResult(TypedDict):
    packs: int
    blobs: int
    snapshots: int
    durationMs: float



class StoreExportKeyResult(TypedDict):
    key: str
    keyFile: Union["PathText", None]


KeyStatusResult = Union["KeyStatus"]

KeyChangeResult = Union["KeyStatus"]


class KeyRotateResultGuardKeyFile(TypedDict):
    kind: Literal["key-file"]
    path: "PathText"
    exposed: bool



class KeyRotateResultGuardPassphrase(TypedDict):
    kind: Literal["passphrase"]



class KeyRotateResult(TypedDict):
    guard: Union["KeyRotateResultGuardKeyFile", "KeyRotateResultGuardPassphrase"]
    key: str
    older: int
    recoveryKey: str


ReplicaAddResult = Union["ReplicaInfo"]

ReplicaRemoveResult = Dict[str, Any]


class ReplicaStatusResult(TypedDict):
    replicas: List["ReplicaInfo"]



class ReplicaSyncResult(TypedDict):
    replicas: List["ReplicaInfo"]



class ReplicaVerifyResult(TypedDict):
    replicas: List["ReplicaInfo"]



class EventSinceResultEvents(TypedDict):
    kind: Literal["events"]
    events: List["SequencedEvent"]



class EventSinceResultReload(TypedDict):
    kind: Literal["reload"]


EventSinceResult = Union["EventSinceResultEvents", "EventSinceResultReload"]


class NoticeClaimResult(TypedDict):
    claimed: bool


MethodName = Literal["client/identify", "agent/status", "agent/drain", "worktree/protect", "worktree/unprotect", "worktree/list", "snapshot/create", "snapshot/list", "snapshot/show", "snapshot/diff", "snapshot/readFolder", "snapshot/stat", "snapshot/readFile", "journal/list", "journal/moment", "restore/plan", "restore/apply", "restore/undo", "restore/history", "backup/run", "backup/schedule", "snapshot/pin", "snapshot/unpin", "snapshot/planDelete", "snapshot/delete", "store/collectGarbage", "data-source/register", "data-source/unregister", "data-source/list", "health/status", "health/worktree", "component/suggest", "component/list", "component/register", "component/heartbeat", "component/unregister", "component/start", "component/stop", "component/restart", "component/logs", "component/settings", "component/approve", "component/revoke", "alert/list", "alert/acknowledge", "alert/silence", "alert/endSilence", "alert/resolve", "alert/channels", "alert/undelivered", "alert/test", "recovery/list", "recovery/show", "recovery/plan", "recovery/start", "recovery/approve", "recovery/cancel", "recovery/undo", "recovery/strategies", "recovery/export", "recovery/import", "doctor/examine", "doctor/undo", "trouble/report", "audit/list", "audit/verify", "incident/list", "incident/show", "incident/close", "emergency/list", "emergency/show", "emergency/end", "manager/report", "metrics/list", "metrics/series", "metrics/text", "store/verify", "store/repair", "drill/run", "drill/last", "store/stats", "store/rebuildCatalog", "store/exportKey", "key/status", "key/change", "key/rotate", "replica/add", "replica/remove", "replica/status", "replica/sync", "replica/verify", "event/since", "notice/claim"]
