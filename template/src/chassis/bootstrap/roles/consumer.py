"""The consumer: ingests the producers' events, and streams them."""

from dependency_injector import containers, providers

from chassis.application.consuming.consumer import Consumer
from chassis.application.consuming.failure_handler import FailureHandler
from chassis.application.consuming.ingest import Ingest
from chassis.application.consuming.upcasting import Upcasting
from chassis.application.streaming.follower import Follower
from chassis.application.streaming.messages import Subscribe
from chassis.application.streaming.subscribe import SubscribeHandler
from chassis.application.tracing.events import traced_events


class Container(containers.DeclarativeContainer):
    """The consumer's use cases and loops, on top of the core."""

    core = providers.DependenciesContainer()

    follower = providers.Singleton(
        Follower,
        work=core.work,
        table=core.streamed,
        signal=core.journal_signal,
        clock=core.clock,
        metrics=core.metrics,
        tracing=core.tracing,
        heartbeat=core.settings.provided.stream_heartbeat,
        limit=core.settings.provided.max_streams,
    )
    upcasting = providers.Singleton(Upcasting, core.events, core.all_upcasters, core.metrics)
    ingest = providers.Singleton(
        Ingest,
        projections=upcasting.provided.handlers,
        work=core.work,
        signal=core.journal_signal,
        offer=follower.provided.offer,
        clock=core.clock,
        metrics=core.metrics,
        retention=core.ingest_age_limit,
        meet_ahead=core.clock_watch.provided.meet_ahead,
    )
    failure_handler = providers.Singleton(
        FailureHandler,
        subscription=core.broker.provided.subscription,
        schedule=core.settings.provided.retry_schedule,
        clock=core.clock,
        metrics=core.metrics,
        lifecycle=core.lifecycle,
    )
    consumer = providers.Singleton(
        Consumer,
        subscription=core.broker.provided.subscription,
        codec=core.codec,
        handle=providers.Callable(traced_events, ingest, core.tracing, core.messaging),
        upcasting=upcasting,
        failures=failure_handler,
        health=core.database,
        metrics=core.metrics,
    )
    subscribe = providers.Singleton(SubscribeHandler, follower, core.streamed)

    handlers = providers.Dict({Subscribe: subscribe.provider})
    services = providers.List(consumer, failure_handler, follower)
    subscriptions = providers.List(core.broker.provided.subscription)
    helpful = providers.Dict(consumer=consumer)
    streams = providers.List(follower)
