import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ReportBy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REPORT_BY_UNSPECIFIED: _ClassVar[ReportBy]
    REPORT_BY_ACTION_TYPE: _ClassVar[ReportBy]
    REPORT_BY_RECEIVER: _ClassVar[ReportBy]

class Event(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EVENT_UNSPECIFIED: _ClassVar[Event]
    EVENT_NOTIFICATION: _ClassVar[Event]
    EVENT_HEARTBEAT: _ClassVar[Event]
    EVENT_RESET: _ClassVar[Event]
    EVENT_CLOSED: _ClassVar[Event]

class Reason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REASON_UNSPECIFIED: _ClassVar[Reason]
    REASON_DRAINING: _ClassVar[Reason]
    REASON_TOO_SLOW: _ClassVar[Reason]
    REASON_EXPIRED: _ClassVar[Reason]
REPORT_BY_UNSPECIFIED: ReportBy
REPORT_BY_ACTION_TYPE: ReportBy
REPORT_BY_RECEIVER: ReportBy
EVENT_UNSPECIFIED: Event
EVENT_NOTIFICATION: Event
EVENT_HEARTBEAT: Event
EVENT_RESET: Event
EVENT_CLOSED: Event
REASON_UNSPECIFIED: Reason
REASON_DRAINING: Reason
REASON_TOO_SLOW: Reason
REASON_EXPIRED: Reason

class NewNotification(_message.Message):
    __slots__ = ("receiver", "action_type", "action_data", "actioner", "fired_at")
    RECEIVER_FIELD_NUMBER: _ClassVar[int]
    ACTION_TYPE_FIELD_NUMBER: _ClassVar[int]
    ACTION_DATA_FIELD_NUMBER: _ClassVar[int]
    ACTIONER_FIELD_NUMBER: _ClassVar[int]
    FIRED_AT_FIELD_NUMBER: _ClassVar[int]
    receiver: str
    action_type: str
    action_data: str
    actioner: str
    fired_at: _timestamp_pb2.Timestamp
    def __init__(self, receiver: _Optional[str] = ..., action_type: _Optional[str] = ..., action_data: _Optional[str] = ..., actioner: _Optional[str] = ..., fired_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Notification(_message.Message):
    __slots__ = ("id", "receiver", "action_type", "action_data", "actioner", "fired_at", "registered_at", "is_seen")
    ID_FIELD_NUMBER: _ClassVar[int]
    RECEIVER_FIELD_NUMBER: _ClassVar[int]
    ACTION_TYPE_FIELD_NUMBER: _ClassVar[int]
    ACTION_DATA_FIELD_NUMBER: _ClassVar[int]
    ACTIONER_FIELD_NUMBER: _ClassVar[int]
    FIRED_AT_FIELD_NUMBER: _ClassVar[int]
    REGISTERED_AT_FIELD_NUMBER: _ClassVar[int]
    IS_SEEN_FIELD_NUMBER: _ClassVar[int]
    id: str
    receiver: str
    action_type: str
    action_data: str
    actioner: str
    fired_at: _timestamp_pb2.Timestamp
    registered_at: _timestamp_pb2.Timestamp
    is_seen: bool
    def __init__(self, id: _Optional[str] = ..., receiver: _Optional[str] = ..., action_type: _Optional[str] = ..., action_data: _Optional[str] = ..., actioner: _Optional[str] = ..., fired_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., registered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., is_seen: _Optional[bool] = ...) -> None: ...

class RegisterRequest(_message.Message):
    __slots__ = ("notifications",)
    NOTIFICATIONS_FIELD_NUMBER: _ClassVar[int]
    notifications: _containers.RepeatedCompositeFieldContainer[NewNotification]
    def __init__(self, notifications: _Optional[_Iterable[_Union[NewNotification, _Mapping]]] = ...) -> None: ...

class RegisterResponse(_message.Message):
    __slots__ = ("ids",)
    IDS_FIELD_NUMBER: _ClassVar[int]
    ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, ids: _Optional[_Iterable[str]] = ...) -> None: ...

class RegisterManyRequest(_message.Message):
    __slots__ = ("notifications",)
    NOTIFICATIONS_FIELD_NUMBER: _ClassVar[int]
    notifications: _containers.RepeatedCompositeFieldContainer[NewNotification]
    def __init__(self, notifications: _Optional[_Iterable[_Union[NewNotification, _Mapping]]] = ...) -> None: ...

class RegisterManyResponse(_message.Message):
    __slots__ = ("ids",)
    IDS_FIELD_NUMBER: _ClassVar[int]
    ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, ids: _Optional[_Iterable[str]] = ...) -> None: ...

class ListRequest(_message.Message):
    __slots__ = ("receiver", "action_type", "is_seen", "since", "until", "page", "size", "cursor")
    RECEIVER_FIELD_NUMBER: _ClassVar[int]
    ACTION_TYPE_FIELD_NUMBER: _ClassVar[int]
    IS_SEEN_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    PAGE_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    receiver: str
    action_type: str
    is_seen: bool
    since: _timestamp_pb2.Timestamp
    until: _timestamp_pb2.Timestamp
    page: int
    size: int
    cursor: str
    def __init__(self, receiver: _Optional[str] = ..., action_type: _Optional[str] = ..., is_seen: _Optional[bool] = ..., since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., page: _Optional[int] = ..., size: _Optional[int] = ..., cursor: _Optional[str] = ...) -> None: ...

class ListResponse(_message.Message):
    __slots__ = ("items", "page", "size", "total", "next_cursor")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    PAGE_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    NEXT_CURSOR_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[Notification]
    page: int
    size: int
    total: int
    next_cursor: str
    def __init__(self, items: _Optional[_Iterable[_Union[Notification, _Mapping]]] = ..., page: _Optional[int] = ..., size: _Optional[int] = ..., total: _Optional[int] = ..., next_cursor: _Optional[str] = ...) -> None: ...

class GetRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class GetResponse(_message.Message):
    __slots__ = ("notification",)
    NOTIFICATION_FIELD_NUMBER: _ClassVar[int]
    notification: Notification
    def __init__(self, notification: _Optional[_Union[Notification, _Mapping]] = ...) -> None: ...

class MarkSeenRequest(_message.Message):
    __slots__ = ("id", "is_seen")
    ID_FIELD_NUMBER: _ClassVar[int]
    IS_SEEN_FIELD_NUMBER: _ClassVar[int]
    id: str
    is_seen: bool
    def __init__(self, id: _Optional[str] = ..., is_seen: _Optional[bool] = ...) -> None: ...

class MarkSeenResponse(_message.Message):
    __slots__ = ("notification",)
    NOTIFICATION_FIELD_NUMBER: _ClassVar[int]
    notification: Notification
    def __init__(self, notification: _Optional[_Union[Notification, _Mapping]] = ...) -> None: ...

class ReportRequest(_message.Message):
    __slots__ = ("bucket", "by", "receiver", "action_type", "since", "until")
    BUCKET_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    RECEIVER_FIELD_NUMBER: _ClassVar[int]
    ACTION_TYPE_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    bucket: str
    by: ReportBy
    receiver: str
    action_type: str
    since: _timestamp_pb2.Timestamp
    until: _timestamp_pb2.Timestamp
    def __init__(self, bucket: _Optional[str] = ..., by: _Optional[_Union[ReportBy, str]] = ..., receiver: _Optional[str] = ..., action_type: _Optional[str] = ..., since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ReportResponse(_message.Message):
    __slots__ = ("items",)
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[Count]
    def __init__(self, items: _Optional[_Iterable[_Union[Count, _Mapping]]] = ...) -> None: ...

class Count(_message.Message):
    __slots__ = ("bucket", "key", "count")
    BUCKET_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    bucket: _timestamp_pb2.Timestamp
    key: str
    count: int
    def __init__(self, bucket: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., key: _Optional[str] = ..., count: _Optional[int] = ...) -> None: ...

class SubscribeRequest(_message.Message):
    __slots__ = ("receiver", "action_type", "cursor")
    RECEIVER_FIELD_NUMBER: _ClassVar[int]
    ACTION_TYPE_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    receiver: str
    action_type: str
    cursor: str
    def __init__(self, receiver: _Optional[str] = ..., action_type: _Optional[str] = ..., cursor: _Optional[str] = ...) -> None: ...

class SubscribeResponse(_message.Message):
    __slots__ = ("event", "cursor", "notification", "reason")
    EVENT_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    NOTIFICATION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    event: Event
    cursor: str
    notification: Notification
    reason: Reason
    def __init__(self, event: _Optional[_Union[Event, str]] = ..., cursor: _Optional[str] = ..., notification: _Optional[_Union[Notification, _Mapping]] = ..., reason: _Optional[_Union[Reason, str]] = ...) -> None: ...
