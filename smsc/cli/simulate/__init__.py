"""`smsc simulate`: a SIM box, its handsets, and a customer's ESME."""

import typer

from smsc.cli.simulate import box, esme, handset

app = typer.Typer(no_args_is_help=True)
app.command("simbox")(box.simbox)
app.command("profiles")(box.profiles)
app.command("behaviour")(box.behaviour)
app.command("sessions")(box.sessions)
app.command("submits")(box.submits)
app.command("esme")(esme.command)
app.add_typer(handset.app, name="handset", help="Phones: send from them, read them.")
