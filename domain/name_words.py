"""Words by which the names of people are told from other capitalised words, in typed text.

Given names are the commonest of California's communities; those that are also months, places or
everyday words are left out, for they would hide what is nobody's. All words are folded: small
letters, no accents.
"""

_GIVEN_NAMES = """
aaliyah aaron abdul abel abigail abraham ada adam adan adela adelaide adrian adriana agnes agustin
ahmad ahmed aida aiden aisha aisling akira alan alana alba albert alberto alec alejandra alejandro
alex alexa alexander alexandra alexis alfonso alfred alfredo ali alice alicia alina alisa alison
allan allen allison alma alonso alvaro alvin alyssa amalia amanda amber amelia amina amir amit amy
ana anastasia anders andrea andreas andres andrew andy anette angel angela angelica angelina
angelo anika anil anita anjali ann anna annabel anne annette annie anthony antoine anton antonia
antonio anya aria ariana ariel armando arnold arthur arturo arun asha ashley ashok astrid audrey
aurelia aurora ava avery axel ayesha barbara barry beatrice beatriz becky bela belinda ben benito
benjamin bernadette bernard bernardo bernice beth bethany betty beverly bianca birgit blanca bob
bobby boris brad bradley brandon brandy brenda brendan brent brett brian bridget brittany bruce
bruno bryan caleb calvin camila camille candace cara carina carl carla carlo carlos carmen carol
carolina caroline carolyn carrie casey cassandra catalina catherine cathy cecilia celeste celia
cesar chad chandra charlene charles charlotte chen cheng cheryl chloe chris christian christina
christine christoph christopher cindy claire clara clare clarence claudia claudio clifford clyde
cody colin colleen connie connor conrad consuelo cora corey corinne courtney craig cristian
cristina crystal curtis cynthia daisy damian damien dan dana daniel daniela danielle danny daria
darlene darrell darren daryl dave david dawn dean deanna deborah debra deepa deepak delia denis
denise dennis derek diana diane diego dimitri dmitri dolores dominic dominique don donald donna
dora dorothy doug douglas duane dustin dwayne dylan earl eddie edgar edith edmund eduardo edward
edwin eileen elaine eleanor elena eli elias elijah elisa elisabeth elise eliza elizabeth ella
ellen elliot elsa elvira emil emilia emiliano emilio emily emma emmanuel enrique eric erica erik
erika erin ernest ernesto esperanza esteban estela esther ethan eugene eugenia eva evan evelyn
fabian farah fatima federico felicia felipe felix fernanda fernando fiona florence francesca
francine francis francisca francisco frank franklin franz fred freddie frederick frida gabriel
gabriela gabrielle gary gavin geoffrey george georgina gerald gerardo gertrude gilbert gilberto
gina giovanni gita gladys glen glenda glenn gloria gonzalo gordon graciela graham grant greg
gregory greta gretchen guadalupe guillermo gustavo guy gwen hamza hana hannah hans harold harriet
harry harvey hassan hector heidi heinrich helen helena helga henrik henry herbert herman hilda
hiroshi holly howard hugh hugo humberto hussein ian ibrahim ida ignacio igor ilse imran ines
ingrid irene irina iris irma irving isaac isabel isabella isabelle isaiah ismael ivan ivonne jack
jackie jacob jacqueline jaime jake jamal james jamie jan jana jane janet janice jared jasmine
jason javier jay jean jeanette jeanne jeff jeffrey jenna jennifer jenny jeremy jerome jerry jesse
jessica jessie jesus jill jim jimmy jing joan joann joanna joanne joaquin jochen jodi joe joel
joey johan johanna johannes john johnny jon jonathan jorge jose josef josefina joseph josephine
joshua josie joyce juan juana juanita judith judy julia julian juliana julie julio jurgen justin
kamal karen karim karin karl karla kate katherine kathleen kathryn kathy katie katrina kay kayla
keiko keith kelly kelvin ken kendra kenji kenneth kent kerry kevin khadija khalid kim kimberly
kirk klaus kofi kristen kristin kristina kumar kurt kyle lakshmi lance lara larry lars laura
lauren laurie lawrence lea leah lee leila lena leo leon leona leonard leonardo leonor leroy leslie
leticia lewis liam liang lidia lila lillian lillie linda lisa liz lloyd logan lois lola lorena
lorenzo loretta lori lorraine louis louise lourdes lucas lucia luciana lucille lucinda lucy luis
luisa luke lupe lydia lynn mabel mackenzie magda magdalena mahmoud malcolm manuel manuela mara
marc marcel marcela marcia marco marcos marcus margaret margarita maria mariah mariana marianne
maribel marie marilyn marina mario marion marisa marisol marissa marjorie mark marlene marsha
marta martha martin martina marvin mary maryam mateo mathew matthew matthias maureen maurice
mauricio max maxine maya megan mehmet mei melanie melinda melissa melvin mercedes meredith michael
michaela micheal michel michele michelle miguel mike mikhail mildred milena mina ming minh miranda
miriam misty mitchell mohamed mohammad mohammed moira molly monica monika monique morgan moses
muhammad muriel myra nadia nadine nancy naomi natalia natalie natasha nathan nathaniel neil nelson
nguyen nicholas nick nicola nicolas nicole nikhil nikolai nina noah noel noemi nora norma norman
octavio olaf olga oliver olivia omar oscar otto pablo paloma pam pamela patricia patrick patti
patty paul paula paulina pauline pedro peggy penelope peter petra phil philip philippe phillip
phyllis pierre pilar priscilla priya quentin rachel rafael rahul raj rajesh ralph ramiro ramon
ramona randall randy raquel rashid raul ravi ray raymond rebecca regina reginald renata rene renee
rhonda ricardo richard rick ricky rita robert roberta roberto robin rocio rodney rodrigo roger
roland rolando rolf roman ron ronald ronnie rosa rosalie rosalind rosario rosemary roxanne roy
ruben ruby rudolf rudy russell ruth ryan sabine sabrina sadie sally salma salvador sam samantha
sami samir samuel sandra sandy sanjay santiago sara sarah sasha saul scott sean sebastian selena
serena sergei sergio seth shannon sharon shaun shawn sheila shelly sherry shirley sidney silvia
simon simone sofia sonia sonja sophia sophie spencer stacey stacy stanley stefan stella stephanie
stephen steve steven stuart sue sunil suresh susan susana susanne suzanne sven svetlana sylvia
tamara tami tammy tanya tara tariq tatiana ted teresa terrence terry tess thanh thelma theodore
theresa thomas tim timothy tina todd tom tomas tommy toni tony tracy travis trevor tricia trinidad
troy tuan tyler ulrich ulrike uma ursula valentina valeria valerie vanessa vera vernon veronica
vicente vicki vicky victor victoria vijay viktor vincent viola virginia vivian vladimir wade
wallace walter wanda warren wayne wei wendy wesley wilhelm willard william willie wilma winston
wolfgang xavier ximena xochitl yadira yan yasmin yesenia yolanda yosef yoshi yuki yuri yusuf
yvette yvonne zachary zainab zara zoe zora
"""
_NO_NAMES = """
a an and at by dear de del el en for from hello hey hi hola i in is la las los my no not of on or
our per please re the this to we with yes you your y monday tuesday wednesday thursday friday
saturday sunday lunes martes miercoles jueves viernes sabado domingo january february march april
may june july august september october november december enero febrero marzo abril mayo junio
julio agosto septiembre octubre noviembre diciembre street st avenue ave road rd boulevard blvd
drive dr court ct lane ln place square suite floor building calle avenida plaza north south east
west new san santa saint fort lake mount california texas nevada oregon washington arizona florida
york america american states united usa inc llc ltd corp corporation company co gmbh group bank
university college school hospital department team support service services sales office customer
client account order invoice ticket package product portal website internet email mail phone
number card credit debit privacy policy terms act code civil section question answer address
change contact access request google apple microsoft amazon facebook windows android visa
mastercard paypal zoom teams outlook english spanish french german mexican chinese
"""
_PARTICLES = """
de del la las los van von der den da di do dos el al bin ibn le du y e
"""
_TITLES = """
mr mrs ms miss mx prof sr sra srta dra don doña dona herr frau
"""
_RELATIONS = """
wife husband spouse partner son daughter child kid brother sister mother father mom mum dad parent
uncle aunt cousin nephew niece grandmother grandfather grandson granddaughter boyfriend girlfriend
friend neighbor neighbour roommate flatmate landlord tenant boss manager colleague coworker co-
worker assistant secretary lawyer attorney doctor nurse agent accountant esposa esposo marido
mujer pareja hijo hija hermano hermana madre padre mamá papá tío tía primo prima sobrino sobrina
abuelo abuela nieto nieta novio novia amigo amiga vecino vecina jefe jefa gerente colega compañero
compañera abogado abogada médico médica
"""

GIVEN_NAMES = frozenset(_GIVEN_NAMES.split())
"""Names that a person may be called by."""

NO_NAMES = frozenset(_NO_NAMES.split())
"""Capitalised words that begin no name: days, streets, places, companies, things."""

PARTICLES = frozenset(_PARTICLES.split())
"""Small words inside a name."""
TITLES = tuple(_TITLES.split())
"""What may stand before a name."""

RELATIONS = tuple(_RELATIONS.split())
"""What people are to the one who writes; the name follows."""
