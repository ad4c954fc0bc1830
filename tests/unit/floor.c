/* Linking this with a whole floor is the test: see "floors" in Makefile.am. */
int main(void)
{
	return 0;
}
