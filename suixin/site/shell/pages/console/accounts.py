"""Signing in and out."""

from django.contrib.auth.views import LoginView, LogoutView

from suixin.site.shell.forms import LoginForm


class Login(LoginView):
    """The login page; goes on to where one came from, within this site."""

    template_name = "console/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True


class Logout(LogoutView):
    """Ends the session and goes to the portal."""
