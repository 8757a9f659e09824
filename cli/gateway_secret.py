"""`sasha gateway-secret`: another secret between CloudFront and the API, which is handed over by the next deploy."""

import typer

from cli.call import call_of
from cli.output import Report
from cli.problems import Problem

app = typer.Typer(help="Replace the secret that CloudFront proves itself with.", no_args_is_help=True)


@app.command()
def renew(context: typer.Context) -> Report:
    """Make another secret. CloudFront goes on with the one before, which counts too, until a deploy hands it over.

    It refuses while the last one has not been handed over: of three, the oldest would no longer count.
    """
    call = call_of(context)
    secret = call.stack.gateway_secret
    if secret.generation > call.stack.gateway_generation:
        raise Problem(
            "The last one has not been handed over yet: deploy with "
            f"GatewaySecretGeneration={secret.generation} first. Nothing was changed."
        )
    generation = call.stack.gateway_generation + 1
    call.stack.renew_gateway_secret(generation)
    return Report(
        {"stack": call.where.stack_name, "generation": generation},
        [
            "There is another secret; the one before counts as well. Hand it to CloudFront:",
            "",
            f"  make deploy, with GatewaySecretGeneration={generation}",
        ],
    )
